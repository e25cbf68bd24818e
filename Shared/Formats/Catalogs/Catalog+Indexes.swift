extension Catalog {
    /// A folder with an index file in it, which web servers send for requests of the folder.
    package struct IndexedFolder: Hashable, Sendable {
        package let folder: FileID
        package let index: FileID
    }

    /// The live folders with live index files of these `names`, one pair for each index.
    ///
    /// A link to a folder, or the same folder under another path, is a separate folder. The root
    /// has no number and is not included. Takes two passes over the catalog, the second of which
    /// only examines directories.
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
