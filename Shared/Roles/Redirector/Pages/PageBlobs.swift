package import Mirrors
package import Redirection

/// What pages need beyond the map, read from storage when it is first asked for.
///
/// Each may be missing, or unreadable at the moment: a page says less then, and never fails.
package protocol PageBlobs: AnyObject, Sendable {
    /// Brings the details of a generation, the report of a region's map, or what is known of the
    /// holders of files from afar, for as long as a page may wait; all at once that are asked for.
    func prepare(details generation: UInt32?, report region: Region.ID?, holders: Bool)
    /// Sizes, times and digests of the files of one catalog generation.
    func details(generation: UInt32) -> FileDetails?
    /// Why the map of `region` orders its access points as it does: `maps/<region>.report.json`.
    func report(region: Region.ID) -> PageReport?
    /// What is known of every file at every access point: `maps/holders`.
    func holders() -> Holders?
    /// The names in each folder of one catalog generation, brought from afar if they are there.
    func folderNames(generation: UInt32) -> FolderNames?
    /// A page or a file of the status function: `status/<name>`.
    func statusFile(_ name: String) -> [UInt8]?
}

extension PageBlobs {
    /// Hosts without a way to it have none.
    package func statusFile(_ name: String) -> [UInt8]? { nil }

    /// Hosts that show no folders have none.
    package func folderNames(generation: UInt32) -> FolderNames? { nil }
}
