import RegionMapFormat

/// Makes folder names, path by path.
///
/// In memory are the paths and 40 bytes for each.
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

    /// A folder and where its names begin.
    private struct Folder {
        let path: ArraySlice<UInt8>
        let first: Int
        let count: Int
    }

    private static let hashSeeds: [UInt64] = [0, 1]

    private let catalogGeneration: UInt32
    private var entries: [Entry] = []

    /// With `expectedPathCount` memory is taken once instead of growing by doubling.
    package init(catalogGeneration: UInt32, expectedPathCount: Int = 0) {
        self.catalogGeneration = catalogGeneration
        entries.reserveCapacity(expectedPathCount)
    }

    /// Adds a path that has not been added before.
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

    /// The names as bytes.
    package consuming func finished() throws(FolderNamesError) -> [UInt8] {
        entries.sort(by: Self.precedes)
        var offsets: [UInt32] = [0]
        var names: [UInt8] = []
        offsets.reserveCapacity(entries.count + 1)
        for (index, entry) in entries.enumerated() {
            if index > 0, Self.isSame(entries[index - 1], entry) { throw .duplicatePath }
            names += entry.name
            if entry.isFolder { names.append(UInt8(ascii: "/")) }
            guard let offset = UInt32(exactly: names.count) else {
                throw .tooLong(byteCount: names.count)
            }
            offsets.append(offset)
        }
        let folders = folders()
        for seed in Self.hashSeeds {
            if let bytes = bytes(seed: seed, folders, offsets, names) { return bytes }
        }
        throw .duplicatePath
    }

    /// By the folder, and in it folders first.
    private static func precedes(_ left: Entry, _ right: Entry) -> Bool {
        let (leftParent, rightParent) = (left.parent, right.parent)
        if leftParent != rightParent { return leftParent.lexicographicallyPrecedes(rightParent) }
        if left.isFolder != right.isFolder { return left.isFolder }
        return left.name.lexicographicallyPrecedes(right.name)
    }

    private static func isSame(_ left: Entry, _ right: Entry) -> Bool {
        left.path == right.path && left.isFolder == right.isFolder
    }

    /// All folders, the root and empty ones included.
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

    /// Nil when two folders have one hash.
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
        var bytes: [UInt8] = []
        bytes.reserveCapacity(
            FolderNamesHeader.byteCount + folders.count * 16 + offsets.count * 4 + names.count
        )
        bytes.append(contentsOf: repeatElement(0, count: FolderNamesHeader.byteCount))
        for (hash, _) in hashed { bytes.append(littleEndian: hash) }
        for (_, folder) in hashed {
            bytes.append(littleEndian: UInt32(truncatingIfNeeded: folder.first))
            bytes.append(littleEndian: UInt32(truncatingIfNeeded: folder.count))
        }
        for offset in offsets { bytes.append(littleEndian: offset) }
        bytes += names
        var checksum = CRC32()
        unsafe checksum.update(
            bytes.span.bytes.extracting(FolderNamesHeader.byteCount..<bytes.count)
        )
        let header = header(
            seed: seed,
            folderCount: folders.count,
            nameByteCount: names.count,
            bodyChecksum: checksum.value
        )
        bytes.replaceSubrange(..<header.count, with: header)
        return bytes
    }

    private func header(
        seed: UInt64,
        folderCount: Int,
        nameByteCount: Int,
        bodyChecksum: UInt32
    ) -> [UInt8] {
        var header: [UInt8] = []
        header.append(littleEndian: FolderNamesHeader.magic)
        header.append(littleEndian: FolderNamesHeader.newestVersion)
        header.append(littleEndian: UInt16(FolderNamesHeader.byteCount))
        header.append(littleEndian: catalogGeneration)
        header.append(littleEndian: UInt32(truncatingIfNeeded: folderCount))
        header.append(littleEndian: seed)
        header.append(littleEndian: UInt32(truncatingIfNeeded: entries.count))
        header.append(littleEndian: UInt32(truncatingIfNeeded: nameByteCount))
        header += [UInt8](repeating: 0, count: 24)
        header.append(littleEndian: bodyChecksum)
        var checksum = CRC32()
        unsafe checksum.update(header.span.bytes)
        header.append(littleEndian: checksum.value)
        return header
    }
}
