package import JSON
import MirrorStorage
package import Mirrors
package import ObjectStorage
import RegionMapFormat
import Time

/// Puts the previous map of a region back, and its report.
///
/// The map that was there becomes the previous one, so that a second rollback undoes the first. The
/// next build publishes again from what is stored then: whoever rolls back also stops the schedule,
/// or mends what made the map bad.
package struct MapRollback {
    package let store: any BlobStore
    package let region: Region.ID

    package init(store: any BlobStore, region: Region.ID) {
        self.store = store
        self.region = region
    }

    /// Does it and returns the result line.
    ///
    /// Throws, with storage as it was, for a region that is not defined, and where the previous map
    /// is missing or damaged.
    package func run() throws -> JSONValue {
        let regions = try store.regions()
        guard regions.all.contains(where: { $0.id == region }) else {
            throw MapBuildingError.unknownRegion(region, known: regions.all.map(\.id))
        }
        let key = try BlobKey("maps/\(region).map")
        let previousKey = try BlobKey("maps/\(region).previous.map")
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

    /// The report goes with its map; one that is not there, from before reports were kept, leaves
    /// the other where it is, and `mapChecksum` in it tells that it is of the other map.
    private func exchangeReports() throws {
        let key = try MapReport.key(of: region)
        let previousKey = try MapReport.previousKey(of: region)
        guard let previous = try store.get(previousKey) else { return }
        let current = try store.get(key)
        try store.put(key, previous.bytes)
        if let current { try store.put(previousKey, current.bytes) }
    }
}
