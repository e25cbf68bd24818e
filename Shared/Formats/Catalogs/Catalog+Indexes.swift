extension Catalog {
    /// A folder and an index file in it, which web servers answer with when they are asked for the
    /// folder.
    package struct IndexedFolder: Hashable, Sendable {
        package let folder: FileID
        package let index: FileID
    }

    /// The live folders that have live index files of these `names`, a pair for each index.
    ///
    /// A link to a folder, and the same folder by another path, is a folder of its own. The root
    /// has no number and is none of them. Two passes over the catalog, the second of which looks at
    /// directories alone.
    package func indexedFolders(names: [String]) -> [IndexedFolder] {
        let suffixes = names.map { Array("/\($0)".utf8) }
        var indexes: [ArraySlice<UInt8>: [FileID]] = [:]
        for id in ids where isLive(id) && !leadsToDirectory(id) {
            let path = pathBytes(of: id)
            for suffix in suffixes where path.hasSuffix(suffix) {
                indexes[path.dropLast(suffix.count), default: []].append(id)
            }
        }
        guard !indexes.isEmpty else { return [] }
        var pairs: [IndexedFolder] = []
        for id in ids where isLive(id) && leadsToDirectory(id) {
            for index in indexes[pathBytes(of: id)] ?? [] {
                pairs.append(IndexedFolder(folder: id, index: index))
            }
        }
        return pairs
    }
}

extension ArraySlice<UInt8> {
    fileprivate func hasSuffix(_ suffix: [UInt8]) -> Bool {
        count > suffix.count && self.suffix(suffix.count).elementsEqual(suffix)
    }
}
