package import Catalogs
package import Mirrors
import Time

/// The tree that all mirrors are compared with: the live files of a catalog, by folder and by age.
///
/// Built once for a generation; takes about 20 bytes a file besides the catalog.
package struct TreeFacts: Sendable {
    package let catalog: Catalog
    /// The files that are not removed.
    package let live: FileBits
    package let liveCount: Int
    /// The live files that are symlinks, or are reached through one.
    package let links: FileBits
    /// For each file, when its present content appeared, in seconds since 1970.
    ///
    /// That is when a catalog first had it. For the first generation, whose content may be years
    /// old, and for replaced content, it is the master's time; 0 if that is unknown, as for
    /// folders.
    package let appearedAt: [Int64]
    /// The live files with known times, oldest first.
    package let byAge: [UInt32]
    /// The files of ``byAge`` as a set.
    let dated: FileBits
    /// For each file, the number of its folder; a folder belongs to itself.
    let folders: [UInt32]
    /// For each folder, the number of its parent; 0 is the root, which is its own parent.
    let parents: [UInt32]
    /// For each folder, its path without a trailing slash.
    let folderPaths: [ArraySlice<UInt8>]
    /// For each folder, the number of its top-level folder; 0 for the root.
    let tops: [UInt32]
    /// The files that mirrors hold as a set or not at all.
    let sets: SetTable

    package init(_ catalog: Catalog, sets: [PathSet] = []) {
        self.catalog = catalog
        self.sets = SetTable(catalog, sets)
        var live = FileBits(count: catalog.count)
        var links = live
        var appearedAt = [Int64](repeating: 0, count: catalog.count)
        var folders = [UInt32](repeating: 0, count: catalog.count)
        var table = FolderTable()
        let first = catalog.count > 0 ? catalog.firstSeen(of: FileID(0)) : nil
        for id in catalog.ids {
            let number = Int(id.rawValue)
            let path = catalog.pathBytes(of: id)
            folders[number] = table.folder(of: path, isFolder: catalog.leadsToDirectory(id))
            guard catalog.isLive(id) else { continue }
            live.insert(number)
            switch catalog.kind(of: id) {
            case .symlink, .alias: links.insert(number)
            case .file, .directory: break
            }
            appearedAt[number] = Self.appearedAt(id, in: catalog, first: first)
        }
        self.live = live
        self.links = links
        self.appearedAt = appearedAt
        self.folders = folders
        parents = table.parents
        folderPaths = table.paths
        tops = table.tops
        var order: [UInt32] = []
        var dated = FileBits(count: catalog.count)
        live.forEach { number in
            guard appearedAt[number] > 0 else { return }
            order.append(UInt32(number))
            dated.insert(number)
        }
        self.dated = dated
        liveCount = live.count
        order.sort { (appearedAt[Int($0)], $0) < (appearedAt[Int($1)], $1) }
        byAge = order
    }

    private static func appearedAt(_ id: FileID, in catalog: Catalog, first: Timestamp?) -> Int64 {
        let firstSeen = catalog.firstSeen(of: id)
        let modified = catalog.modified(of: id)
        let isKnown = modified != EntryColumns.unknownTime
        // A master's clock that is ahead makes no file newer than the catalog that has it.
        let ceiling = max(catalog.publishedAt, firstSeen)
        guard firstSeen == first else {
            guard isKnown, catalog.previousVersion(of: id) != nil else {
                return firstSeen.secondsSinceEpoch
            }
            return min(max(firstSeen, modified), ceiling).secondsSinceEpoch
        }
        return isKnown ? min(modified, ceiling).secondsSinceEpoch : 0
    }

    /// The files that a mirror with `rules` should have; rules that are not enforced do not reduce
    /// them.
    package func promised(by rules: MirrorRules) -> FileBits {
        let prefixes = rules.prefixes?.applied
        let limit = rules.maximumFileSize?.applied
        guard prefixes != nil || limit != nil else { return live }
        let folders = prefixes?.map { path in
            path.bytes.last == UInt8(ascii: "/") ? path.bytes.dropLast() : path.bytes[...]
        }
        var promised = live
        live.forEach { number in
            let id = FileID(UInt32(number))
            if let limit, catalog.byteCount(of: id).map({ $0 > limit }) ?? false {
                promised.remove(number)
                return
            }
            guard let folders else { return }
            let path = catalog.pathBytes(of: id)
            let isBelow = folders.contains { folder in
                path.starts(with: folder)
                    && (path.count == folder.count
                        || path[path.startIndex + folder.count] == UInt8(ascii: "/"))
            }
            if !isBelow { promised.remove(number) }
        }
        return promised
    }

    /// The path of a file, for display.
    package func text(of number: Int) -> String {
        String(decoding: catalog.pathBytes(of: FileID(UInt32(number))), as: UTF8.self)
    }

    func text(ofFolder folder: Int) -> String {
        String(decoding: folderPaths[folder], as: UTF8.self) + "/"
    }
}

/// The folders of a tree, each with a number.
private struct FolderTable {
    private(set) var parents: [UInt32] = [0]
    private(set) var paths: [ArraySlice<UInt8>] = [[]]
    private(set) var tops: [UInt32] = [0]
    private var numbers: [ArraySlice<UInt8>: UInt32] = [[]: 0]
    /// The latest result, because files of one folder usually follow each other.
    private var last: (path: ArraySlice<UInt8>, number: UInt32) = ([], 0)

    mutating func folder(of path: ArraySlice<UInt8>, isFolder: Bool) -> UInt32 {
        let slash = UInt8(ascii: "/")
        if isFolder { return number(of: path.last == slash ? path.dropLast() : path) }
        guard let end = path.lastIndex(of: slash) else { return 0 }
        return number(of: path[path.startIndex..<end])
    }

    private mutating func number(of path: ArraySlice<UInt8>) -> UInt32 {
        if path == last.path { return last.number }
        let number = numbers[path] ?? add(path)
        last = (path, number)
        return number
    }

    private mutating func add(_ path: ArraySlice<UInt8>) -> UInt32 {
        var parent: UInt32 = 0
        if let end = path.lastIndex(of: UInt8(ascii: "/")) {
            let upper = path[path.startIndex..<end]
            parent = numbers[upper] ?? add(upper)
        }
        let number = UInt32(paths.count)
        numbers[path] = number
        paths.append(path)
        parents.append(parent)
        tops.append(parent == 0 ? number : tops[Int(parent)])
        return number
    }
}
