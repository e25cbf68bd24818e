/// The keys of the blobs that several programs share, by what is in them.
///
/// Formats with a module of their own name their keys themselves. The whole list is in
/// `docs/storage.md`.
package enum BlobName {
    /// The mirrors as imported by the leader.
    package static let mirrors = "mirrors.json"
    /// The operator's settings for single mirrors.
    package static let overrides = "overrides.json"
    /// The operator's own mirrors, in addition to the imported ones.
    package static let ownMirrors = "own-mirrors.json"
    /// The regions, if they are not the built-in ones.
    package static let regions = "regions.json"
    /// The classes of files, if there are any.
    package static let classes = "classes.json"

    /// The maps and what belongs to them are below this.
    package static let maps = "maps/"
    /// What is known about every file at every access point.
    package static let holders = "maps/holders"

    /// A region's map.
    package static func map(of region: Region.ID) -> String { "maps/\(region).map" }

    /// The map that was replaced by the present one.
    package static func previousMap(of region: Region.ID) -> String {
        "maps/\(region).previous.map"
    }

    /// The report on how a region's map was built.
    package static func report(of region: Region.ID) -> String { "maps/\(region).report.json" }

    /// The report that belongs to ``previousMap(of:)``.
    package static func previousReport(of region: Region.ID) -> String {
        "maps/\(region).previous.report.json"
    }
}
