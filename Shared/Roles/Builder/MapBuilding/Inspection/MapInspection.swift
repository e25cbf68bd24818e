import Catalogs
import Linux
import Mirrors
package import ObjectStorage
import RegionMapFormat
import Time

/// Answers questions about maps at a terminal, as text.
///
/// A map is named by the path of a local file or, if there is none, by a key in storage:
/// `maps/europe.map`.
package struct MapInspection {
    package let store: any BlobStore

    package init(store: any BlobStore) {
        self.store = store
    }

    /// The header, the replica lists by length, and the access points in order.
    package func show(_ name: String) throws -> String {
        let map = try map(name)
        let header = map.header
        let perPath = header.pathCount == 0 ? 0 : header.mapByteCount * 100 / header.pathCount
        var lines = [
            "region         \(map.regionID)",
            "format         \(RegionMapHeader.majorVersion).\(header.minorVersion)",
            "built          \(Timestamp(secondsSinceEpoch: header.builtAt))",
            "catalog        generation \(header.catalogGeneration)",
            "size           \(header.mapByteCount) bytes, \(Double(perPath) / 100) for each path",
            "paths          \(header.pathCount), of which \(header.heldPathCount) are held",
            "access points  \(header.accessPointCount)",
            "lists          \(header.setCount)",
            "",
            "replicas  lists",
        ]
        let lists = try map.listCounts()
        for entry in lists.lengths {
            lines.append("\("\(entry.length)".padded(to: 8))  \("\(entry.count)".padded(to: 5))")
        }
        if lists.listCount < header.setCount {
            lines.append("(the first \(lists.listCount) lists; the others were not counted)")
        }
        lines += ["", "rank     km  weight  access point"]
        return (lines + map.accessPoints.map(Self.line)).joined(separator: "\n")
    }

    /// The access points that hold `path`, best first.
    ///
    /// A leading slash is ignored; a directory is found with or without its trailing slash.
    package func lookup(_ path: String, in name: String) throws -> String {
        let map = try map(name)
        let key = Array(path.utf8.drop { $0 == UInt8(ascii: "/") })
        let found = try map.replicas(of: key) ?? map.replicas(of: key + [UInt8(ascii: "/")])
        guard let found else { throw MapBuildingError.unknownPath(path, map: name) }
        guard !found.isEmpty else { return "\(path) is known, and no mirror holds it" }
        return (["rank     km  weight  access point"] + found.map(Self.line))
            .joined(separator: "\n")
    }

    /// One line if the map is valid; throws if it is not.
    package func verify(_ name: String) throws -> String {
        let map = try map(name)
        return "\(name) is whole: \(map.header.mapByteCount) bytes, \(map.header.pathCount) paths"
    }

    /// What the map `new` changes.
    ///
    /// If storage has a catalog, its newest generation's paths are counted.
    package func difference(from old: String, to new: String) throws -> String {
        let catalog = try CatalogStore(store).newest()
        let difference = try MapDifference(
            from: map(old),
            to: map(new),
            catalog: catalog.generation > 0 ? catalog : nil
        )
        var lines = [
            "paths          \(difference.pathCounts.old) -> \(difference.pathCounts.new)",
            "held paths     \(difference.heldPathCounts.old) -> \(difference.heldPathCounts.new)",
        ]
        if let paths = difference.paths {
            lines += [
                "known paths    +\(paths.gainedCount) -\(paths.lostCount)",
                "held by some   +\(paths.heldGainedCount) -\(paths.heldLostCount)",
                "redirects      \(paths.movedPercent) % go to other mirrors, for "
                    + "\(paths.movedCount) of "
                    + "\(paths.heldInBothCount) paths held in both",
            ]
        } else {
            lines.append("the store has no catalog, so paths could not be compared one by one")
        }
        lines += difference.mirrors.gained.map { "+ mirror \($0)" }
        lines += difference.mirrors.lost.map { "- mirror \($0)" }
        lines += difference.accessPoints.gained.map { "+ access point \($0)" }
        lines += difference.accessPoints.lost.map { "- access point \($0)" }
        return lines.joined(separator: "\n")
    }

    func map(_ name: String) throws -> PublishedMap {
        var bytes = try File.reading(name)?.readAll()
        if bytes == nil, let key = try? BlobKey(name) { bytes = try store.get(key)?.bytes }
        guard let bytes else { throw MapBuildingError.noMap(name: name) }
        do {
            return try PublishedMap(bytes)
        } catch {
            throw MapBuildingError.badMap(name: name, error)
        }
    }

    private static func line(_ point: RegionMapAccessPoint) -> String {
        [
            "\(point.rank)".padded(to: 4),
            (point.distanceKilometres.map { "\($0)" } ?? "?").padded(to: 5),
            "\(point.weight)".padded(to: 6),
            "\(point.id)  \(point.baseURL)",
        ].joined(separator: "  ")
    }
}

extension String {
    /// The text right-aligned in `width` columns.
    fileprivate func padded(to width: Int) -> String {
        String(repeating: " ", count: max(0, width - count)) + self
    }
}
