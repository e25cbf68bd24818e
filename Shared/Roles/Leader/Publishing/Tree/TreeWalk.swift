import Catalogs
import Glibc
import Linux
package import Mirrors
import Time

/// Lists a tree in the local file system.
///
/// No link below the root is followed: every name is looked up through the descriptor of its folder
/// (`openat(2)` with `O_NOFOLLOW`), so that replacing a folder by a link cannot lead the walk out
/// of the tree. It takes one `fstatat(2)` per entry and one `readlinkat(2)` per link. The names in
/// a folder are sorted by bytes, so that equal trees give equal listings.
package struct TreeWalk {
    private var listing = TreeListing()
    private let filter: TreeFilter
    /// The path of the current folder; empty for the root.
    private var path: [UInt8] = []
    private var linkBuffer = [UInt8](repeating: 0, count: Int(PATH_MAX))

    /// Deeper folders are left out, because each level takes a file descriptor.
    static let depthLimit = 200

    private init(_ filter: TreeFilter) {
        self.filter = filter
    }

    /// Lists the folder `root`.
    ///
    /// Links are not resolved.
    ///
    /// Throws if the root itself cannot be read. Failures below it are noted in the listing.
    package static func listing(
        of root: String,
        by filter: TreeFilter = TreeFilter()
    ) throws(PublishingError) -> TreeListing {
        let descriptor = unsafe open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .unreadableTree(path: root, reason: systemText())
        }
        var walk = TreeWalk(filter)
        if let reason = walk.readFolder(descriptor, depth: 0) {
            throw .unreadableTree(path: root, reason: reason)
        }
        return walk.listing
    }

    /// Lists what is at and below each of `paths` in the tree `root`, in the order of a walk.
    ///
    /// A missing path is reported as vanished, and so is one that leads through a link, because its
    /// content belongs to another path.
    package static func listing(
        of root: String,
        paths: [TreePath],
        by filter: TreeFilter = TreeFilter()
    ) throws(PublishingError) -> TreeListing {
        let descriptor = unsafe open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .unreadableTree(path: root, reason: systemText())
        }
        defer { close(descriptor) }
        var walk = TreeWalk(filter)
        for path in paths { walk.readPath(path, of: descriptor) }
        return walk.listing.ordered()
    }

    private mutating func readPath(_ treePath: TreePath, of root: Int32) {
        path = treePath.bytes
        guard path[...].isTreePath else { return leaveOut(.badPath) }
        let names = path.split(separator: UInt8(ascii: "/"))
        var folder = dup(root)
        defer { if folder >= 0 { close(folder) } }
        path = []
        for name in names.dropLast() {
            if !path.isEmpty { path.append(UInt8(ascii: "/")) }
            path.append(contentsOf: name)
            if let reason = filter.reasonToLeaveOutEntry(path[...]) {
                path = treePath.bytes
                return leaveOut(reason)
            }
            let child = unsafe (name + [0])[...].withCharacters { name in
                unsafe openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            }
            guard child >= 0 else {
                let error = errno
                path = treePath.bytes
                // A component is not a folder, or is a link.
                return error == ENOTDIR || error == ELOOP
                    ? leaveOut(.vanished) : leaveOut(errno: error)
            }
            close(folder)
            folder = child
        }
        guard let name = names.last else { return }
        readEntry((name + [0])[...], in: folder, depth: names.count - 1)
    }

    /// Adds everything below the open folder, and closes it.
    ///
    /// Returns why the folder could not be read completely, or nil.
    private mutating func readFolder(_ descriptor: Int32, depth: Int) -> String? {
        guard let folder = unsafe fdopendir(descriptor) else {
            let reason = systemText()
            close(descriptor)
            return reason
        }
        defer { unsafe _ = closedir(folder) }
        var names = EntryNames()
        let reason = unsafe names.read(from: folder)
        for name in names.sorted() {
            readEntry(names.cString(name), in: descriptor, depth: depth)
        }
        return reason
    }

    /// Adds the entry with a name, which ends in NUL, and everything below it.
    private mutating func readEntry(
        _ cName: ArraySlice<UInt8>,
        in descriptor: Int32,
        depth: Int
    ) {
        let parentByteCount = path.count
        if !path.isEmpty { path.append(UInt8(ascii: "/")) }
        path.append(contentsOf: cName.dropLast())
        defer { path.removeSubrange(parentByteCount...) }

        if let reason = filter.reasonToLeaveOutEntry(path[...]) { return leaveOut(reason) }
        var status = stat()
        let result = unsafe cName.withCharacters { name in
            unsafe fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW)
        }
        guard result == 0 else { return leaveOut(errno: errno) }
        switch status.st_mode & S_IFMT {
        case S_IFREG:
            listing.appendFile(
                path,
                byteCount: UInt64(max(status.st_size, 0)),
                modified: Timestamp(secondsSinceEpoch: Int64(status.st_mtim.tv_sec))
            )
        case S_IFLNK:
            readLink(cName, in: descriptor)
        case S_IFDIR:
            listing.appendDirectory(path)
            guard depth < Self.depthLimit else { return leaveOut(.tooDeep) }
            let child = unsafe cName.withCharacters { name in
                unsafe openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            }
            guard child >= 0 else { return leaveOut(errno: errno) }
            if let reason = readFolder(child, depth: depth + 1) { leaveOut(.unreadable(reason)) }
        default:
            leaveOut(.specialFile)
        }
    }

    private mutating func readLink(_ cName: ArraySlice<UInt8>, in descriptor: Int32) {
        let byteCount = unsafe linkBuffer.withUnsafeMutableBytes { buffer in
            unsafe cName.withCharacters { name in
                unsafe readlinkat(
                    descriptor,
                    name,
                    buffer.baseAddress.unsafelyUnwrapped,
                    buffer.count
                )
            }
        }
        guard byteCount >= 0 else { return leaveOut(errno: errno) }
        listing.appendLink(path, target: linkBuffer[..<byteCount])
    }

    private mutating func leaveOut(_ reason: TreeListing.LeftOut.Reason) {
        listing.leaveOut(TreePath(bytes: path), reason)
    }

    private mutating func leaveOut(errno: Int32) {
        leaveOut(errno == ENOENT ? .vanished : .unreadable(systemText()))
    }
}
