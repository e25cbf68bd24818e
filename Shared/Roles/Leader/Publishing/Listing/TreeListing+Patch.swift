package import Catalogs
package import Mirrors

extension TreeListing {
    /// The live content of `catalog`, as a source would list it.
    ///
    /// Dangling links are not in a catalog, so they are missing here.
    package init(of catalog: Catalog) {
        self.init()
        reserveCapacity(catalog.count, pathByteCount: 0)
        let entries = catalog.entries
        for id in catalog.ids where catalog.isLive(id) && catalog.kind(of: id) != .alias {
            append(entries, at: Int(id.rawValue))
        }
        self = ordered()
    }

    /// This listing with everything at and below `paths` replaced from `part`.
    package func replacing(_ paths: [TreePath], with part: TreeListing) -> TreeListing {
        let replaced = Set(paths.map { $0.bytes[...] })
        let unknown = Set(part.unknownPaths.map { $0.bytes[...] })
        var result = TreeListing()
        result.takeReports(of: self)
        result.takeReports(of: part)
        result.reserveCapacity(entries.count + part.entries.count, pathByteCount: 0)
        // Of two entries with the same path, the first counts.
        for entry in 0..<part.entries.count { result.append(part.entries, at: entry) }
        for entry in 0..<entries.count {
            let path = entries.paths[entry]
            guard !path.isSameOrBelow(anyOf: replaced) || path.isSameOrBelow(anyOf: unknown) else {
                continue
            }
            result.append(entries, at: entry)
        }
        return result.ordered()
    }
}
