import Bytes

/// Files of one folder that only make sense together, such as the indexes of a repository.
///
/// A client that gets them from two states of the tree refuses both: `InRelease` has the digests of
/// the `Packages` files, `repomd.xml` those of everything beside it. So a mirror holds all of them
/// or none, and a client is sent to one mirror for all of them.
///
/// Each folder that matches `folder` is a set: `dists/*` makes a set of `dists/bookworm` and
/// another of `dists/trixie`. The root is a folder without a name, which `*` matches, too. `names`
/// are the members, relative to the folder; without them, everything below it is one. `packages`
/// are the files that the members refer to: new ones must be there first.
package struct PathSet: Hashable, Sendable {
    package let folder: PathPattern
    package let names: [PathPattern]
    package let packages: [PackageScope]

    package init(folder: PathPattern, names: [PathPattern] = [], packages: [PackageScope] = []) {
        self.folder = folder
        self.names = names
        self.packages = packages
    }

    /// The length of the path of the set's folder if `path` is a member, otherwise nil.
    ///
    /// If nested folders both match, the outer one counts. Takes time proportional to the product
    /// of the path's and the patterns' lengths.
    package func folderLength(of path: Span<UInt8>) -> Int? {
        if folder.matchesEnd(of: path, count: 0), isMember(path, from: 0) { return 0 }
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
    /// The sets as redirectors get them: one line each, with the folder and the names separated by
    /// tabs.
    ///
    /// Packages only concern the builder, so sets that differ only in packages make one line.
    package static func text(of sets: [PathSet]) -> String {
        var lines: [String] = []
        for set in sets {
            let line = ([set.folder] + set.names).map { $0.description }.joined(separator: "\t")
            if !lines.contains(line) { lines.append(line) }
        }
        return lines.joined(separator: "\n")
    }

    /// Parses the sets of such a text; invalid patterns, and sets beyond ``countLimit``, are
    /// skipped.
    package static func sets(in text: [UInt8]) -> [PathSet] {
        var sets: [PathSet] = []
        for line in text.split(separator: UInt8(ascii: "\n")).prefix(countLimit) {
            let texts = line.split(separator: UInt8(ascii: "\t"))
                .map { String(decoding: Array($0), as: UTF8.self) }
            guard let folder = texts.first.flatMap({ folderPattern($0) }) else { continue }
            let names = texts.dropFirst().compactMap { PathPattern($0) }
            sets.append(PathSet(folder: folder, names: names))
        }
        return sets
    }

    /// The pattern of a set's folder, in which `/` is the root; nil for an invalid pattern.
    package static func folderPattern(_ text: String) -> PathPattern? {
        text.isSpelled(like: "/") ? .root : PathPattern(text)
    }

    /// The maximum number of sets, because a redirector tests all of them for each request.
    package static let countLimit = 64
}

extension [PathSet] {
    /// The first of the sets that contains the file at `path`, with the path of its folder.
    package func set(
        of path: ArraySlice<UInt8>
    ) -> (set: PathSet, folder: ArraySlice<UInt8>)? {
        for set in self {
            if let length = set.folderLength(of: path.span) { return (set, path.prefix(length)) }
        }
        return nil
    }
}

/// Where the packages of a set are: `..`, `../../pool` or `*.rpm`, relative to the set's folder.
package struct PackageScope: Hashable, Sendable, CustomStringConvertible {
    /// The number of folders to go up first.
    package let upCount: Int
    /// The pattern from there on; nil for everything below.
    package let pattern: PathPattern?

    /// Nil for an invalid pattern, and for one without an end.
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

    /// The folder where the pattern starts, for a set's folder; nil if it is above the root.
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
