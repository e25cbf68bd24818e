import Catalogs
import FunctionRuntime
import HolderFormat
import Mirrors
import ObjectStorage
import RegionMapFormat
import Time

/// Publishes what is known of every file at every access point, for the redirector's pages.
///
/// Without it pages say less, but redirects work, so a failure here does not stop maps from being
/// published.
enum HolderPublication {
    /// Writes the blob unless its content is unchanged.
    ///
    /// `ids` are the access points that have check states.
    static func publish(
        _ holders: HolderTable,
        of catalog: Catalog,
        mirrors: [Mirror],
        with ids: Set<AccessPoint.ID>,
        to store: any BlobStore,
        now: Timestamp
    ) {
        do {
            let key = try BlobKey(BlobName.holders)
            let bytes = try bytes(of: holders, catalog, mirrors, ids, now: now)
            let header = try unsafe RegionMap(bytes.span.bytes).header
            if let old = try store.get(key),
                let before = try? unsafe RegionMap(old.bytes.span.bytes).header,
                before.hasContent(of: header)
            {
                return
            }
            try store.put(key, bytes)
        } catch {
            Log.warning("holders not published", ["reason": error])
        }
    }

    static func bytes(
        of holders: HolderTable,
        _ catalog: Catalog,
        _ mirrors: [Mirror],
        _ ids: Set<AccessPoint.ID>,
        now: Timestamp
    ) throws(RegionMapError) -> [UInt8] {
        var writer = HolderWriter(
            catalogGeneration: catalog.generation,
            builtAt: now.secondsSinceEpoch,
            expectedPathCount: catalog.count
        )
        var numbers: [AccessPoint.ID: Int] = [:]
        for mirror in mirrors {
            for point in mirror.accessPoints where ids.contains(point.id) {
                numbers[point.id] = try writer.addAccessPoint(point.id, ofMirror: mirror.id)
            }
        }
        let shortfalls = holders.shortfalls
        var indexes: [UInt16] = []
        for number in shortfalls?.order ?? [] {
            guard let statement = shortfalls?.statements[number],
                let accessPoint = numbers[statement.accessPoint]
            else {
                indexes.append(.max)
                continue
            }
            let index = try writer.addStatement(
                statement.holding,
                at: accessPoint,
                since: statement.since == 0 ? nil : Int64(statement.since)
            )
            indexes.append(UInt16(clamping: index))
        }
        var statements: [UInt16] = []
        try holders.forEachShortfall { (id, bits) throws(RegionMapError) in
            statements.removeAll(keepingCapacity: true)
            for (word, bits) in bits.enumerated() {
                for bit in BitPositions(bits) {
                    let index = indexes[word * 64 + bit]
                    if index != .max { statements.append(index) }
                }
            }
            try writer.add(path: catalog.mapKey(of: id), statements: statements)
        }
        return try writer.finished()
    }
}
