package import Mirrors
package import Redirection

/// What pages need beyond the map, read from storage when it is first asked for.
///
/// Each may be missing, or unreadable at the moment: a page says less then, and never fails.
package protocol PageBlobs: AnyObject, Sendable {
    /// Brings the details of a generation, or the report of a region's map, from afar, for as long as a
    /// page may wait; both at once where both are asked for.
    func prepare(details generation: UInt32?, report region: Region.ID?)
    /// Sizes, times and digests of the files of one catalog generation.
    func details(generation: UInt32) -> FileDetails?
    /// Why the map of `region` orders its access points as it does: `maps/<region>.report.json`.
    func report(region: Region.ID) -> PageReport?
}
