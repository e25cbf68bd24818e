import Catalogs
import Glibc
import Mirrors

private let slash = UInt8(ascii: "/")

extension TreeListing {
    /// The same entries in the order of a walk, with the folders that they are in.
    ///
    /// For sources that name files in any order and no folders. Of two entries of one path the
    /// first counts, and a different length or digest of the other is reported. What is below
    /// something that is no folder, or is no path at all, is left out.
    package func ordered() -> TreeListing {
        let order = walkOrder()
        var result = TreeListing()
        result.takeReports(of: self)
        result.reserveCapacity(entries.count, pathByteCount: 0)
        /// The folders that the path before is in, itself included where it is one, outermost
        /// first.
        var folders: [ArraySlice<UInt8>] = []
        var last: ArraySlice<UInt8>?
        for number in order {
            let entry = Int(number)
            let path = entries.paths[entry]
            guard path != last else {
                // Paths of one kind are side by side, so that the one before is the last that was
                // added.
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

    /// Adds the folders that lead from the innermost of `folders` to `path`.
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

    /// The numbers of the entries in the order of a walk; entries of one path in their present
    /// order.
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
    /// Whether a walk meets this path before `other`: compared by components, which is to say with
    /// the slash below every other byte.
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

    /// Whether this is the path of something below the root: names between single slashes, none of
    /// which is `.` or `..`, or holds a NUL; in all not longer than a system call takes.
    var isTreePath: Bool {
        guard count < Int(PATH_MAX) else { return false }
        var rest = self
        while let end = rest.firstIndex(of: slash) {
            guard rest[..<end].isName else { return false }
            rest = rest[(end + 1)...]
        }
        return rest.isName
    }

    /// Whether this can be the name of an entry of a folder.
    var isName: Bool {
        let dot = UInt8(ascii: ".")
        return !isEmpty && count <= 255 && !contains { $0 == 0 || $0 == slash }
            && !elementsEqual([dot]) && !elementsEqual([dot, dot])
    }
}
