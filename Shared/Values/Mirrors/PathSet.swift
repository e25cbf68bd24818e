/// Files of one folder that make sense together alone, such as the indexes of a repository.
///
/// A client that gets them from two states of the tree refuses both: `InRelease` tells the digests
/// of the `Packages` files, `repomd.xml` those of everything beside it. So they are held by a
/// mirror together or not at all, and a client is sent to one mirror for all of them.
///
/// `folder` says which folders are such sets, each by itself: `dists/*` makes a set of
/// `dists/bookworm` and one of `dists/trixie`. `names` are the members, from the folder on; without
/// any it is all that is below it. `packages` are the files that the members name: new ones are to
/// be there first.
package struct PathSet: Hashable, Sendable {
    package let folder: PathPattern
    package let names: [PathPattern]
    package let packages: [PackageScope]

    package init(folder: PathPattern, names: [PathPattern] = [], packages: [PackageScope] = []) {
        self.folder = folder
        self.names = names
        self.packages = packages
    }

    /// The length of the path of the set's folder where `path` is of a member, else nil.
    ///
    /// Of folders in each other that would both do it is the outer one. Takes time in proportion to
    /// the lengths of path and patterns multiplied.
    package func folderLength(of path: Span<UInt8>) -> Int? {
        var slash = 0
        while slash + 1 < path.count {
            if path[slash] == UInt8(ascii: "/"), folder.matchesEnd(of: path, count: slash),
                isMember(path, from: slash + 1)
            {
                return slash
            }
            slash += 1
        }
        return nil
    }

    private func isMember(_ path: Span<UInt8>, from start: Int) -> Bool {
        if names.isEmpty { return true }
        for name in names where name.matches(path, from: start) { return true }
        return false
    }
}

extension PathSet {
    /// Sets as redirectors get them: a line each, the folder and the names, separated by tabs.
    ///
    /// What packages there are is the builder's affair. Sets that differ in packages alone make one
    /// line.
    package static func text(of sets: [PathSet]) -> String {
        var lines: [String] = []
        for set in sets {
            let line = ([set.folder] + set.names).map { $0.description }.joined(separator: "\t")
            if !lines.contains(line) { lines.append(line) }
        }
        return lines.joined(separator: "\n")
    }

    /// The sets of such a text; what is no pattern is passed over, and what comes behind
    /// ``countLimit`` sets.
    package static func sets(in text: [UInt8]) -> [PathSet] {
        var sets: [PathSet] = []
        for line in text.split(separator: UInt8(ascii: "\n")).prefix(countLimit) {
            let patterns = line.split(separator: UInt8(ascii: "\t"))
                .map { PathPattern(String(decoding: Array($0), as: UTF8.self)) }
            guard let folder = patterns.first.flatMap({ $0 }) else { continue }
            sets.append(PathSet(folder: folder, names: patterns.dropFirst().compactMap { $0 }))
        }
        return sets
    }

    /// How many sets a redirector looks through for each request, and no more are taken.
    package static let countLimit = 64
}

extension [PathSet] {
    /// The first of the sets that the file at `path` is in, and the path of its folder.
    package func set(
        of path: ArraySlice<UInt8>
    ) -> (set: PathSet, folder: ArraySlice<UInt8>)? {
        for set in self {
            if let length = set.folderLength(of: path.span) { return (set, path.prefix(length)) }
        }
        return nil
    }
}

/// Where the packages of a set are: `..`, `../../pool` or `*.rpm`, from the set's folder on.
package struct PackageScope: Hashable, Sendable, CustomStringConvertible {
    /// How many folders up it goes first.
    package let upCount: Int
    /// What they match from there on; nil for all that is below.
    package let pattern: PathPattern?

    /// Nil for a pattern that is none, and for one without an end.
    package init?(_ text: String) {
        var parts = Array(text.utf8)
            .split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)[...]
        let up = Array("..".utf8)
        var upCount = 0
        while let first = parts.first, first.elementsEqual(up) {
            upCount += 1
            parts = parts.dropFirst()
        }
        self.upCount = upCount
        guard let first = parts.first else {
            pattern = nil
            return
        }
        guard !first.isEmpty else { return nil }
        let rest = parts.joined(separator: [UInt8(ascii: "/")])
        guard let pattern = PathPattern(String(decoding: Array(rest), as: UTF8.self)) else {
            return nil
        }
        self.pattern = pattern
    }

    /// The folder that the pattern begins at, for a set's folder; nil where that is above the root.
    package func base(of folder: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        var base = folder
        for _ in 0..<upCount {
            guard !base.isEmpty else { return nil }
            base = base[..<(base.lastIndex(of: UInt8(ascii: "/")) ?? base.startIndex)]
        }
        return base
    }

    package var description: String {
        let parts = Array(repeating: "..", count: upCount) + (pattern.map { ["\($0)"] } ?? [])
        return parts.joined(separator: "/")
    }
}
