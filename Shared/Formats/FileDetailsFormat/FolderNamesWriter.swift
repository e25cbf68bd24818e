import RegionMapFormat

/// Writes folder names, path by path.
///
/// It keeps the paths in memory, plus 40 bytes for each.
package struct FolderNamesWriter {
    private struct Entry {
        let path: ArraySlice<UInt8>
        let nameStart: Int
        let isFolder: Bool

        var parent: ArraySlice<UInt8> {
            path[..<max(nameStart - 1, path.startIndex)]
        }
        var name: ArraySlice<UInt8> { path[nameStart...] }
    }

    /// A folder and the start of its names.
    private struct Folder {
        let path: ArraySlice<UInt8>
        let first: Int
        let count: Int
    }

    private let catalogGeneration: UInt32
    private var entries: [Entry] = []

    /// With `expectedPathCount`, memory is allocated once instead of being doubled repeatedly.
    package init(catalogGeneration: UInt32, expectedPathCount: Int = 0) {
        self.catalogGeneration = catalogGeneration
        entries.reserveCapacity(expectedPathCount)
    }

    /// Adds a path that was not added before.
    package mutating func add(path: ArraySlice<UInt8>, isFolder: Bool) {
        let slash = path.lastIndex(of: UInt8(ascii: "/"))
        entries.append(
            Entry(
                path: path,
                nameStart: slash.map { $0 + 1 } ?? path.startIndex,
                isFolder: isFolder
            )
        )
    }

    /// The encoded names.
    package consuming func finished() throws(PathTableError) -> [UInt8] {
        entries.sort(by: Self.precedes)
        var offsets: [UInt32] = [0]
        var names: [UInt8] = []
        offsets.reserveCapacity(entries.count + 1)
        for (index, entry) in entries.enumerated() {
            if index > 0, Self.isSame(entries[index - 1], entry) {
                throw PathTableError(.folderNames, .duplicatePath)
            }
            names += entry.name
            if entry.isFolder { names.append(UInt8(ascii: "/")) }
            guard let offset = UInt32(exactly: names.count) else {
                throw PathTableError(.folderNames, .tooLong(byteCount: names.count))
            }
            offsets.append(offset)
        }
        let folders = folders()
        for seed in PathTableWriter.hashSeeds {
            if let bytes = bytes(seed: seed, folders, offsets, names) { return bytes }
        }
        throw PathTableError(.folderNames, .duplicatePath)
    }

    /// Ordered by folder, and within it folders first.
    private static func precedes(_ left: Entry, _ right: Entry) -> Bool {
        let (leftParent, rightParent) = (left.parent, right.parent)
        if leftParent != rightParent { return leftParent.lexicographicallyPrecedes(rightParent) }
        if left.isFolder != right.isFolder { return left.isFolder }
        return left.name.lexicographicallyPrecedes(right.name)
    }

    private static func isSame(_ left: Entry, _ right: Entry) -> Bool {
        left.path == right.path && left.isFolder == right.isFolder
    }

    /// All folders, including the root and empty ones.
    private func folders() -> [Folder] {
        var folders: [Folder] = []
        var hasNames: Set<ArraySlice<UInt8>> = []
        var start = 0
        while start < entries.count {
            let parent = entries[start].parent
            var end = start + 1
            while end < entries.count, entries[end].parent == parent { end += 1 }
            folders.append(Folder(path: parent, first: start, count: end - start))
            hasNames.insert(parent)
            start = end
        }
        for entry in entries where entry.isFolder && !hasNames.contains(entry.path) {
            folders.append(Folder(path: entry.path, first: 0, count: 0))
        }
        if !hasNames.contains([]) { folders.append(Folder(path: [], first: 0, count: 0)) }
        return folders
    }

    /// Nil if two folders have the same hash.
    private func bytes(
        seed: UInt64,
        _ folders: [Folder],
        _ offsets: [UInt32],
        _ names: [UInt8]
    ) -> [UInt8]? {
        let hashed = folders.map { folder in
            (hash: unsafe PathHash.hash(folder.path.span.bytes, seed: seed), folder: folder)
        }.sorted { $0.hash < $1.hash }
        for (left, right) in zip(hashed, hashed.dropFirst()) where left.hash == right.hash {
            return nil
        }
        var table = PathTableWriter(
            bodyByteCount: folders.count * 16 + offsets.count * 4 + names.count
        )
        for (hash, _) in hashed { table.append(hash) }
        for (_, folder) in hashed {
            table.append(UInt32(truncatingIfNeeded: folder.first))
            table.append(UInt32(truncatingIfNeeded: folder.count))
        }
        for offset in offsets { table.append(offset) }
        table.append(contentsOf: names)
        let nameCount = UInt64(UInt32(truncatingIfNeeded: entries.count))
        let nameByteCount = UInt64(UInt32(truncatingIfNeeded: names.count))
        return table.finished(
            .folderNames,
            of: catalogGeneration,
            count: folders.count,
            seed: seed,
            sizes: nameByteCount << 32 | nameCount
        )
    }
}
