import Catalogs
import Mirrors

/// Which paths of a catalog lead to which others.
///
/// A client that asks for a link gets its target, so both are lost together. Made when
/// something is lost; some 40 ms for 150,000 files of which half are links.
struct LinkTargets: Sendable {
    /// The paths that lead to a file by one link, by the file's number.
    private var sources: [UInt32: [UInt32]] = [:]
    /// What a path leads to by one link, by the path's number.
    private var targets: [UInt32: UInt32] = [:]

    /// More links in a row than this are not followed.
    private static let depthLimit = 8

    init(_ catalog: Catalog) {
        let index = CatalogIndex(catalog)
        for id in catalog.ids where catalog.isLive(id) {
            let kind = catalog.kind(of: id)
            guard kind == .symlink || kind == .alias,
                let target = catalog.entries.target(at: Int(id.rawValue)),
                let path = Self.path(
                    of: target,
                    from: kind == .symlink
                        ? Neighbourhoods.split(catalog.pathBytes(of: id)).folder : []
                ),
                let targetID = index.id(of: path[...], in: catalog)
            else { continue }
            sources[targetID.rawValue, default: []].append(id.rawValue)
            targets[id.rawValue] = targetID.rawValue
        }
    }

    /// What a path leads to by one link; nil where it is no link, or leads out of the tree.
    func target(of file: FileID) -> FileID? { targets[file.rawValue].map { FileID($0) } }

    /// The files themselves, and every path that leads to one of them.
    func closure(of files: [FileID]) -> Set<FileID> {
        var all = Set(files)
        var latest = files
        for _ in 0..<Self.depthLimit where !latest.isEmpty {
            latest = latest.flatMap { sources[$0.rawValue] ?? [] }.map { FileID($0) }
                .filter { all.insert($0).inserted }
        }
        return all
    }

    /// The path that a target names, seen from a folder; nil where it leads out of the tree.
    private static func path(
        of target: ArraySlice<UInt8>,
        from folder: ArraySlice<UInt8>
    ) -> [UInt8]? {
        guard target.first != UInt8(ascii: "/") else { return nil }
        var parts = folder.split(separator: UInt8(ascii: "/"))
        for part in target.split(separator: UInt8(ascii: "/")) {
            if part.elementsEqual(".".utf8) { continue }
            guard part.elementsEqual("..".utf8) else {
                parts.append(part)
                continue
            }
            guard parts.popLast() != nil else { return nil }
        }
        return Array(parts.joined(separator: CollectionOfOne(UInt8(ascii: "/"))))
    }
}
