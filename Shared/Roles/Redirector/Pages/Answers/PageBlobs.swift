package import Mirrors
package import Redirection

/// What pages need besides the map, read from storage on demand.
///
/// Any of it may be missing or temporarily unreadable: then a page says less, but never fails.
package protocol PageBlobs: AnyObject, Sendable {
    /// Fetches the details of a generation, the report on a region's map, or the holders, all
    /// concurrently, for as long as a page may wait.
    func prepare(details generation: UInt32?, report region: Region.ID?, holders: Bool)
    /// Sizes, times and digests of the files of one catalog generation.
    func details(generation: UInt32) -> FileDetails?
    /// Why the map of `region` ranks its access points as it does: `maps/<region>.report.json`.
    func report(region: Region.ID) -> PageReport?
    /// What is known of every file at every access point: `maps/holders`.
    func holders() -> Holders?
    /// The names in each folder of one catalog generation, fetched if they exist.
    func folderNames(generation: UInt32) -> FolderNames?
    /// A page or a file of the status function: `status/<name>`.
    func statusFile(_ name: String) -> [UInt8]?
}

extension PageBlobs {
    /// Hosts without access to status files return nil.
    package func statusFile(_ name: String) -> [UInt8]? { nil }

    /// Hosts that show no folders return nil.
    package func folderNames(generation: UInt32) -> FolderNames? { nil }
}
