import Catalogs
import Glibc
import Mirrors

private let slash = UInt8(ascii: "/")

extension TreeListing {
    /// The entries in the order of a walk, with their folders.
    ///
    /// For sources that list files in any order and no folders. Of two entries with the same path,
    /// the first counts, and a different length or digest of the other is reported. Invalid paths,
    /// and paths below something that is not a folder, are left out.
    package func ordered() -> TreeListing {
        let order = walkOrder()
        var result = TreeListing()
        result.takeReports(of: self)
        result.reserveCapacity(entries.count, pathByteCount: 0)
        /// The folders of the previous path, including itself if it is one, outermost first.
        var folders: [ArraySlice<UInt8>] = []
        var last: ArraySlice<UInt8>?
        for number in order {
            let entry = Int(number)
            let path = entries.paths[entry]
            guard path != last else {
                // Equal paths are adjacent, so the previous entry is the last one added.
                result.take(
                    entries,
                    at: entry,
                    into: result.entries.count - 1,
                    named: "another line"
                )
                continue
            }
            guard path.isTreePath else {
                result.leaveOut(TreePath(bytes: Array(path)), .badPath)
                continue
            }
            if let last, path.isBelow(last), folders.last != last {
                result.leaveOut(TreePath(bytes: Array(path)), .belowFile)
                continue
            }
            while let folder = folders.last, !path.isBelow(folder) { folders.removeLast() }
            result.appendFolders(between: &folders, and: path)
            result.append(entries, at: entry)
            if entries.kind(at: entry) == .directory { folders.append(path) }
            last = path
        }
        return result
    }

    /// Adds the folders between the innermost of `folders` and `path`.
    private mutating func appendFolders(
        between folders: inout [ArraySlice<UInt8>],
        and path: ArraySlice<UInt8>
    ) {
        var start = folders.last.map { $0.endIndex - $0.startIndex + 1 } ?? 0
        while let end = path.dropFirst(start).firstIndex(of: slash) {
            let folder = path[..<end]
            appendDirectory(folder)
            folders.append(folder)
            start = end - path.startIndex + 1
        }
    }

    /// The numbers of the entries in the order of a walk.
    ///
    /// Entries with the same path keep their order.
    private func walkOrder() -> [UInt32] {
        let paths = entries.paths
        var order = Array(0..<UInt32(entries.count))
        let isOrdered = order.indices.dropFirst().allSatisfy {
            !paths[$0].isBeforeInWalk(paths[$0 - 1])
        }
        guard !isOrdered else { return order }
        order.sort { left, right in
            let (path, other) = (paths[Int(left)], paths[Int(right)])
            if path.isBeforeInWalk(other) { return true }
            return left < right && path == other
        }
        return order
    }
}

extension ArraySlice<UInt8> {
    /// Whether a walk meets this path before `other`.
    ///
    /// Paths are compared by component, which means that the slash sorts below every other byte.
    func isBeforeInWalk(_ other: ArraySlice<UInt8>) -> Bool {
        let (left, right) = (span, other.span)
        let common = Swift.min(left.count, right.count)
        var position = 0
        while position < common {
            let (a, b) = (left[position], right[position])
            if a != b { return a == slash || (b != slash && a < b) }
            position += 1
        }
        return left.count < right.count
    }

    /// Whether this is a valid path below the root: names between single slashes, none of them `.`
    /// or `..` or with a NUL, and not longer than system calls accept.
    var isTreePath: Bool {
        guard count < Int(PATH_MAX) else { return false }
        var rest = self
        while let end = rest.firstIndex(of: slash) {
            guard rest[..<end].isName else { return false }
            rest = rest[(end + 1)...]
        }
        return rest.isName
    }

    /// Whether this is a valid name of a folder entry.
    var isName: Bool {
        let dot = UInt8(ascii: ".")
        return !isEmpty && count <= 255 && !contains { $0 == 0 || $0 == slash }
            && !elementsEqual([dot]) && !elementsEqual([dot, dot])
    }
}
