import Bytes
package import Catalogs
import HolderFormat
import JSON
import MirrorStorage
package import Mirrors
package import ObjectStorage
import RegionMapFormat
package import Time

/// The entries of the newest catalog at and below a path, each with the number of mirrors that hold
/// it.
///
/// Recently removed entries are marked.
///
/// It takes the memory of the catalog and of `maps/holders`, and one look-up for each entry.
package struct CatalogList: Sendable {
    /// The output format.
    package enum Format: Sendable {
        /// A header, then one tab-separated line for each entry.
        case tsv
        /// A JSON object for each entry, one a line.
        case json
    }

    /// How many mirrors are known to have a path.
    package struct HolderCounts: Equatable, Sendable {
        /// Mirrors with a valid proof.
        package var held = 0
        /// Mirrors that have an earlier version, or had it when last asked, and mirrors whose proof
        /// is too old or in question.
        package var stale = 0

        package init(held: Int = 0, stale: Int = 0) {
            self.held = held
            self.stale = stale
        }
    }

    private let catalog: Catalog
    /// The listed entries in the order of a walk.
    package let ids: [FileID]
    private let holders: MirrorHolders?

    /// Reads the newest catalog and, if the builder wrote it, `maps/holders`.
    ///
    /// The empty path lists the whole tree, including what was removed in the `removedSeconds`
    /// before `now`. Nil if nothing is at `path`. Throws if the catalog, the mirrors or the holders
    /// cannot be read.
    package init?(
        at path: TreePath,
        in store: any BlobStore,
        removedSeconds: Int64 = 0,
        now: Timestamp = Timestamp(secondsSinceEpoch: 0)
    ) throws {
        let catalog = try CatalogStore(store).newest()
        let top = path.bytes[...]
        var ids: [FileID] = []
        for id in catalog.ids {
            if let removedAt = catalog.removed(of: id),
                removedSeconds <= 0 || now.seconds(since: removedAt) >= removedSeconds
                    || catalog.isForgotten(id)
            {
                continue
            }
            let bytes = catalog.pathBytes(of: id)
            if bytes == top || bytes.isBelow(top) { ids.append(id) }
        }
        guard !ids.isEmpty else { return nil }
        ids.sort { catalog.pathBytes(of: $0).isBeforeInWalk(catalog.pathBytes(of: $1)) }
        self.catalog = catalog
        self.ids = ids
        holders = try MirrorHolders(in: store)
    }

    /// How many mirrors have the file `id`; nil without a report by the builder.
    package func holderCounts(of id: FileID) throws -> HolderCounts? {
        var key = Array(catalog.pathBytes(of: id))
        if catalog.leadsToDirectory(id) { key.append(UInt8(ascii: "/")) }
        return try holders?.counts(of: key)
    }

    /// Writes the list in pieces, so that a tree of millions is never in memory as text.
    ///
    /// A piece ends without a newline.
    package func write(as format: Format, to output: (String) -> Void) throws {
        var lines: [String] = []
        if format == .tsv { lines.append("kind\tsize\tmodified\theld\tstale\tremoved\tpath") }
        for id in ids {
            lines.append(try line(of: id, as: format))
            if lines.count == 4096 {
                output(lines.joined(separator: "\n"))
                lines.removeAll(keepingCapacity: true)
            }
        }
        if !lines.isEmpty { output(lines.joined(separator: "\n")) }
    }

    private func line(of id: FileID, as format: Format) throws -> String {
        let counts = try holderCounts(of: id)
        let kind = catalog.kind(of: id).name
        let modified = catalog.modified(of: id)
        let isDated = modified != EntryColumns.unknownTime
        let path = "\(catalog.path(of: id))"
        switch format {
        case .tsv:
            return [
                kind, catalog.byteCount(of: id).map { "\($0)" } ?? "-",
                isDated ? "\(modified)" : "-", counts.map { "\($0.held)" } ?? "-",
                counts.map { "\($0.stale)" } ?? "-",
                catalog.removed(of: id).map { "\($0)" } ?? "-", path,
            ].joined(separator: "\t")
        case .json:
            var object: JSONObject = ["path": .string(path), "kind": .string(kind)]
            object["size"] = catalog.byteCount(of: id).map { .integer(Int64(clamping: $0)) }
            if isDated { object["modified"] = .string("\(modified)") }
            object["held"] = counts.map { .integer(Int64($0.held)) }
            object["stale"] = counts.map { .integer(Int64($0.stale)) }
            object["removed"] = catalog.removed(of: id).map { .string("\($0)") }
            return JSONValue.object(object).description
        }
    }
}

/// The blob `maps/holders`, counted by mirror instead of by access point.
private struct MirrorHolders: Sendable {
    private let bytes: [UInt8]
    private let header: RegionMapHeader
    /// For each access point of the blob, the number of its mirror; nil if it no longer belongs to
    /// one.
    private let mirrors: [Int?]
    private let mirrorCount: Int

    /// Nil before the first build, and before the first mirror import.
    init?(in store: any BlobStore) throws {
        guard let blob = try store.get(BlobKey(BlobName.holders)),
            let list = try store.mirrorList()?.list
        else { return nil }
        var numbers: [AccessPoint.ID: Int] = [:]
        for (number, mirror) in list.mirrors.enumerated() where mirror.isEnabled {
            for point in mirror.accessPoints { numbers[point.id] = number }
        }
        let view = try unsafe HolderView(blob.bytes.span.bytes)
        try view.verify()
        bytes = blob.bytes
        header = view.header
        mirrorCount = list.mirrors.count
        mirrors = (0..<view.accessPointCount).map { index in
            guard let id = view.id(of: index) else { return nil }
            return numbers[unsafe id.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }]
        }
    }

    /// A mirror counts once, by the best of its access points.
    ///
    /// Nil for a path that the blob does not know, such as one published later.
    func counts(of key: [UInt8]) throws(RegionMapError) -> CatalogList.HolderCounts? {
        let view = try unsafe HolderView(bytes.span.bytes, reopeningWith: header)
        guard let statements = unsafe view.statements(about: key.span.bytes) else { return nil }
        var isHeld = [Bool](repeating: false, count: mirrorCount)
        var isStale = isHeld
        for (index, statement) in statements.enumerated() {
            guard let mirror = mirrors[index] else { continue }
            switch statement.holding {
            case .held: isHeld[mirror] = true
            case .expired, .outdated: isStale[mirror] = true
            default: break
            }
        }
        var counts = CatalogList.HolderCounts()
        for mirror in 0..<mirrorCount {
            if isHeld[mirror] { counts.held += 1 } else if isStale[mirror] { counts.stale += 1 }
        }
        return counts
    }
}

extension ExpectedFile.Kind {
    /// The kind as shown in lists and messages.
    fileprivate var name: String {
        switch self {
        case .file: "file"
        case .symlink: "symlink"
        case .directory: "directory"
        case .alias: "alias"
        }
    }
}
