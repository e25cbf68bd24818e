import Catalogs
import Glibc
import Mirrors

private let slash = UInt8(ascii: "/")

extension TreeListing {
    /// Finds the destination of every link, drops links that lead nowhere, and adds an alias for
    /// every path through a link to a folder.
    ///
    /// A path is resolved in the listing, not in a file system, so every source gives the same
    /// result and no link can leave the tree unnoticed. A link to a folder above itself is
    /// published without aliases, because the paths through it never end. The same applies to a
    /// link that would raise the number of aliases above `aliasLimit`, by default 100,000 or twice
    /// the number of entries: a few nested links make exponentially many.
    package mutating func resolveLinks(aliasLimit: Int? = nil) {
        var folders: [Int: Int] = [:]
        var folderLinks: [Int] = []
        for (link, destination) in LinkDestinations.all(in: self) {
            switch destination {
            case .file(let file): setDestination(ofLink: link, toFile: file)
            case .folder(let folder):
                folders[link] = folder
                folderLinks.append(link)
            case .root: leaveOut(TreePath(bytes: Array(entries.paths[link])), .loop)
            case .nowhere(let reason): leaveOutLink(link, reason)
            }
        }

        let subtreeEnds = entries.subtreeEnds
        let limit = aliasLimit ?? max(100_000, 2 * entries.count)
        for link in folderLinks {
            let maker = AliasMaker(
                entries: entries,
                subtreeEnds: subtreeEnds,
                folders: folders,
                deadLinks: deadLinks
            )
            let previousCount = aliases.count
            let path = entries.paths[link]
            guard let loops = maker.appendAliases(through: link, to: &aliases, limit: limit) else {
                aliases.removeLast(aliases.count - previousCount)
                leaveOut(TreePath(bytes: Array(path)), .tooManyAliases)
                continue
            }
            for loop in loops { leaveOut(TreePath(bytes: loop), .loop) }
        }
    }
}

extension EntryColumns {
    /// For each entry, the index after the last entry below it.
    fileprivate var subtreeEnds: [UInt32] {
        var ends = Array(repeating: UInt32(count), count: count)
        var open: [Int] = []
        for entry in 0..<count {
            while let last = open.last, !paths[entry].isBelow(paths[last]) {
                ends[last] = UInt32(entry)
                open.removeLast()
            }
            open.append(entry)
        }
        return ends
    }
}

/// Lists the paths that lead through links to folders.
private struct AliasMaker {
    let entries: EntryColumns
    let subtreeEnds: [UInt32]
    /// For each link, the number of the folder that it leads to.
    let folders: [Int: Int]
    let deadLinks: Set<Int>

    /// One step of a path: from a real folder down to a link.
    private struct Segment {
        /// Empty for the root.
        let folder: ArraySlice<UInt8>
        let link: ArraySlice<UInt8>

        /// Whether the step passes through `other`, so that a link back to it makes a loop.
        func passes(_ other: ArraySlice<UInt8>) -> Bool {
            link.isBelow(other) && (other == folder || other.isBelow(folder))
        }
    }

    /// Adds every path through `link` to `aliases`, and returns the paths at which a loop was cut;
    /// nil if there would be more than `limit` aliases.
    func appendAliases(
        through link: Int,
        to aliases: inout EntryColumns,
        limit: Int
    ) -> [[UInt8]]? {
        var loops: [[UInt8]] = []
        let isWhole = descend(
            through: link,
            as: Array(entries.paths[link]),
            after: [],
            below: [],
            aliases: &aliases,
            limit: limit,
            loops: &loops
        )
        return isWhole ? loops : nil
    }

    private func descend(
        through link: Int,
        as prefix: [UInt8],
        after segments: [Segment],
        below start: ArraySlice<UInt8>,
        aliases: inout EntryColumns,
        limit: Int,
        loops: inout [[UInt8]]
    ) -> Bool {
        guard let folder = folders[link] else { return true }
        let folderPath = entries.paths[folder]
        let segments = segments + [Segment(folder: start, link: entries.paths[link])]
        guard !segments.contains(where: { $0.passes(folderPath) }) else {
            loops.append(prefix)
            return true
        }
        for entry in folder + 1..<Int(subtreeEnds[folder]) where !deadLinks.contains(entry) {
            let path = prefix + entries.paths[entry].dropFirst(folderPath.count)
            // No system accepts longer paths, and a long chain of links could go on without end.
            guard aliases.count < limit, path.count < Int(PATH_MAX) else { return false }
            aliases.append(
                path: path,
                kind: .alias,
                byteCount: entries.byteCount(at: entry),
                modified: entries.modified(at: entry),
                target: entries.paths[folders[entry] ?? entry]
            )
            aliases.setDigests(entries.digests(at: entry), at: aliases.count - 1)
            let isWhole = descend(
                through: entry,
                as: path,
                after: segments,
                below: folderPath,
                aliases: &aliases,
                limit: limit,
                loops: &loops
            )
            guard isWhole else { return false }
        }
        return true
    }
}

extension ArraySlice<UInt8> {
    /// The folder of this path; empty for the root.
    var parent: Self { self[..<(lastIndex(of: slash) ?? startIndex)] }

    /// Whether this path is below the folder `other`; every path but the root is below the root.
    func isBelow(_ other: ArraySlice<UInt8>) -> Bool {
        guard !other.isEmpty else { return !isEmpty }
        return count > other.count && self[startIndex + other.count] == slash && starts(with: other)
    }

    /// Whether this path or a folder above it is among `paths`; the root is above all paths.
    func isSameOrBelow(anyOf paths: Set<ArraySlice<UInt8>>) -> Bool {
        guard !paths.isEmpty else { return false }
        var prefix = self
        while !paths.contains(prefix) {
            guard !prefix.isEmpty else { return false }
            prefix = prefix.parent
        }
        return true
    }
}
