package import JSON
import MirrorStorage
package import Mirrors
package import ObjectStorage
import RegionMapFormat
import Time

/// Restores the previous map of a region, and its report.
///
/// The current map becomes the previous one, so a second rollback undoes the first. The next build
/// publishes again from what is stored: after a rollback, also stop the schedule (or `mirrors
/// hold`), or fix what made the map bad.
package struct MapRollback {
    package let store: any BlobStore
    package let region: Region.ID

    package init(store: any BlobStore, region: Region.ID) {
        self.store = store
        self.region = region
    }

    /// Rolls back and returns the result.
    ///
    /// Throws, with storage unchanged, for an undefined region, and if the previous map is missing
    /// or damaged.
    package func run() throws -> JSONValue {
        let regions = try store.regions()
        guard regions.all.contains(where: { $0.id == region }) else {
            throw MapBuildingError.unknownRegion(region, known: regions.all.map(\.id))
        }
        let key = try BlobKey(BlobName.map(of: region))
        let previousKey = try BlobKey(BlobName.previousMap(of: region))
        guard let previous = try store.get(previousKey) else {
            throw MapBuildingError.noMap(name: previousKey.text)
        }
        let map: PublishedMap
        do {
            map = try PublishedMap(previous.bytes)
        } catch {
            throw MapBuildingError.badMap(name: previousKey.text, error)
        }
        let current = try store.get(key)
        try store.put(key, previous.bytes, if: current.map { .unchanged($0.tag) } ?? .absent)
        if let current, (try? PublishedMap(current.bytes)) != nil {
            try store.put(previousKey, current.bytes, if: .unchanged(previous.tag))
        }
        try exchangeReports()
        return [
            "region": .string(region),
            "generation": .integer(Int64(map.header.catalogGeneration)),
            "builtAt": .string("\(Timestamp(secondsSinceEpoch: map.header.builtAt))"),
            "paths": .integer(Int64(map.header.pathCount)),
            "held": .integer(Int64(map.header.heldPathCount)),
            "accessPoints": .integer(Int64(map.header.accessPointCount)),
        ]
    }

    /// Exchanges the reports with their maps.
    ///
    /// A report that is missing, because it predates reports, leaves the other in place; its
    /// `mapChecksum` tells that it belongs to the other map.
    private func exchangeReports() throws {
        let key = try MapReport.key(of: region)
        let previousKey = try MapReport.previousKey(of: region)
        guard let previous = try store.get(previousKey) else { return }
        let current = try store.get(key)
        try store.put(key, previous.bytes)
        if let current { try store.put(previousKey, current.bytes) }
    }
}
