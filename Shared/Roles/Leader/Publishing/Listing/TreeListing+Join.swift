import Catalogs
import Mirrors

extension TreeListing {
    /// Adds what a source of lower precedence says; the links of neither are resolved.
    ///
    /// The rules, for each path in `other`:
    ///
    /// - Both have it: this listing's entry stays. It takes missing times and digests from a file
    ///   of the same length. If `other` has a link where this has a file (tools make hard links of
    ///   links), the link's target counts. Another length, other digests, or a folder in `other` is
    ///   a disagreement: it is reported, and nothing is taken.
    /// - Only `other` has it: added if this listing has nothing below the path's top folder;
    ///   otherwise reported, because a source that has listed `distfiles/` knows its content
    ///   better. A file in the root is its own top folder.
    ///
    /// So a walk joined with Manifests gets their digests and reports what is not fetched yet, and
    /// an rsync listing of `releases/` joined with Manifests gets their `distfiles/`.
    package mutating func join(_ other: TreeListing, named source: String) {
        let index = PathIndex(entries.paths)
        var tops: Set<ArraySlice<UInt8>> = []
        for entry in 0..<entries.count { tops.insert(entries.paths[entry].topFolder) }
        let unknown = Set(unknownPaths.map { $0.bytes[...] })
        takeReports(of: other)
        let ownCount = entries.count
        var destinations = LinkDestinations(of: other)
        for entry in 0..<other.entries.count {
            let path = other.entries.paths[entry]
            if let own = index.position(of: path, in: entries.paths) {
                let entry = destinations.entry(for: entry, takenInto: entries.kind(at: own))
                take(other.entries, at: entry, into: own, named: source)
            } else if !tops.contains(path.topFolder), !path.isSameOrBelow(anyOf: unknown) {
                append(other.entries, at: entry)
            } else if other.entries.kind(at: entry) != .directory {
                leaveOut(TreePath(bytes: Array(path)), .onlyIn(source))
            }
        }
        if entries.count > ownCount { self = ordered() }
    }

    /// Takes details of this listing's entries from another source, but no other entries.
    ///
    /// This is for a listing of a few paths and a source of the whole tree.
    mutating func takeDetails(of other: TreeListing, named source: String) {
        let index = PathIndex(other.entries.paths)
        var destinations = LinkDestinations(of: other)
        for own in 0..<entries.count {
            guard let entry = index.position(of: entries.paths[own], in: other.entries.paths) else {
                continue
            }
            let taken = destinations.entry(for: entry, takenInto: entries.kind(at: own))
            take(other.entries, at: taken, into: own, named: source)
        }
    }

    /// Takes missing details of the entry `own` from another source, or reports that they disagree.
    mutating func take(
        _ others: EntryColumns,
        at entry: Int,
        into own: Int,
        named source: String
    ) {
        let kinds = (entries.kind(at: own), others.kind(at: entry))
        guard kinds == (.file, .file) else {
            if kinds.0 != kinds.1, kinds.0 == .directory || kinds.1 == .directory {
                disagree(own, "\(source) has a \(kinds.1), not a \(kinds.0)")
            }
            return
        }
        if entries.byteCount(at: own) != others.byteCount(at: entry) {
            let counts = [others.byteCount(at: entry), entries.byteCount(at: own)].map { $0 ?? 0 }
            return disagree(own, "\(source) has \(counts[0]) bytes, not \(counts[1])")
        }
        let digests = (entries.digests(at: own), others.digests(at: entry))
        guard !digests.0.contradict(digests.1) else {
            return disagree(own, "\(source) has other digests")
        }
        setDetails(
            ofFile: own,
            modified: entries.modified(at: own) == EntryColumns.unknownTime
                ? others.modified(at: entry) : entries.modified(at: own),
            digests: digests.0.merging(digests.1)
        )
    }

    private mutating func disagree(_ entry: Int, _ text: String) {
        leaveOut(TreePath(bytes: Array(entries.paths[entry])), .disagreement(text))
    }
}

extension LinkDestinations {
    /// The entry with details of a `kind` at the path of `entry`: the link's target if `kind` is a
    /// file, else the entry itself.
    fileprivate mutating func entry(for entry: Int, takenInto kind: ExpectedFile.Kind) -> Int {
        guard kind == .file, case .file(let file) = destination(of: entry) else { return entry }
        return file
    }
}

extension ArraySlice<UInt8> {
    /// The first path component.
    fileprivate var topFolder: ArraySlice<UInt8> { prefix { $0 != UInt8(ascii: "/") } }
}
