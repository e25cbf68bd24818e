import Glibc
import Linux
package import Mirrors
import Time

/// Reports which paths of a local tree change, using inotify(7).
///
/// A file is reported when its writer closes it, or when it is renamed or linked into place, not
/// while it grows. (A file in a folder that was just created may be reported early, and again when
/// it is closed.) Filtered paths are not reported. Each folder takes a watch, about 1 KiB of kernel
/// memory.
package final class TreeWatch {
    /// The changes since the last call.
    package enum Change: Equatable, Sendable {
        /// Something changed at or below each of these paths.
        case paths([TreePath])
        /// The kernel's queue overflowed: only a walk can tell.
        case unknown
    }

    private let root: String
    private let filter: TreeFilter
    private let descriptor: Int32
    private var folders: [Int32: [UInt8]] = [:]
    private var buffer = [UInt8](repeating: 0, count: 65_536)
    private var changed: Set<TreePath> = []
    private var isUnknown = false
    /// Files that were created and are not closed yet.
    private var growing: Set<TreePath> = []

    /// The pause that ends a burst of changes, and the longest time to wait for one.
    private static let pause = Duration.milliseconds(300)
    private static let longestBurst = Duration.milliseconds(1000)

    /// Watches all folders of the tree `root`, and reports changes from now on.
    package init(root: String, filter: TreeFilter = TreeFilter()) throws(PublishingError) {
        self.root = root
        self.filter = filter
        descriptor = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
        guard descriptor >= 0 else {
            throw .unreadableTree(path: root, reason: "inotify: \(systemText())")
        }
        try watchFolder([])
    }

    deinit {
        close(descriptor)
    }

    /// The changes of the next burst, or nil if nothing changed within `longest`.
    package func changes(within longest: Duration) throws(PublishingError) -> Change? {
        let clock = ContinuousClock()
        let deadline = clock.now + longest
        while changed.isEmpty, !isUnknown {
            guard wait(deadline - clock.now) else { return nil }
            try readEvents()
        }
        let burstEnd = clock.now + Self.longestBurst
        while !isUnknown, wait(min(Self.pause, burstEnd - clock.now)) { try readEvents() }
        defer {
            changed = []
            isUnknown = false
        }
        return isUnknown ? .unknown : .paths(changed.sorted())
    }

    /// Waits for events; false if none came in time.
    private func wait(_ duration: Duration) -> Bool {
        let milliseconds = duration.roundedUpToMilliseconds
        guard milliseconds > 0 else { return false }
        var event = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&event, 1, Int32(clamping: milliseconds)) > 0
    }

    private func readEvents() throws(PublishingError) {
        let count = unsafe read(descriptor, &buffer, buffer.count)
        guard count > 0 else { return }
        let bytes = Array(buffer[..<count])
        var position = 0
        while position + 16 <= bytes.count {
            let folder = Int32(bitPattern: bytes.word(at: position))
            let mask = bytes.word(at: position + 4)
            let nameEnd = position + 16 + Int(bytes.word(at: position + 12))
            guard nameEnd <= bytes.count else { return }
            let name = bytes[position + 16..<nameEnd].prefix { $0 != 0 }
            position = nameEnd
            try take(mask, folder, name)
        }
    }

    private func take(
        _ mask: UInt32,
        _ folder: Int32,
        _ name: ArraySlice<UInt8>
    ) throws(PublishingError) {
        func has(_ bits: Int32) -> Bool { mask & UInt32(bitPattern: bits) != 0 }
        if has(IN_Q_OVERFLOW) {
            isUnknown = true
            return try watchFolder([])
        }
        if has(IN_IGNORED) {
            folders[folder] = nil
            return
        }
        guard let parent = folders[folder], !name.isEmpty else { return }
        let path = TreePath(bytes: parent).appending(name)
        guard filter.reasonToLeaveOutEntry(path.bytes[...]) == nil else { return }
        if has(IN_ISDIR) {
            if has(IN_MOVED_FROM) { forget(path) }
            // Watch it before listing it, so that no change is missed in between.
            if has(IN_CREATE | IN_MOVED_TO) { try watchFolder(path.bytes) }
            if has(IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE) { changed.insert(path) }
        } else if has(IN_CREATE), !isComplete(path) {
            growing.insert(path)
        } else if !has(IN_ATTRIB) || !growing.contains(path) {
            growing.remove(path)
            changed.insert(path)
        }
    }

    /// Whether a new entry has no writer that will close it, because it is a hard link or a
    /// symlink.
    private func isComplete(_ path: TreePath) -> Bool {
        var status = stat()
        let result = unsafe cPath(path.bytes)[...].withCharacters { name in
            unsafe lstat(name, &status)
        }
        return result == 0 && (status.st_mode & S_IFMT != S_IFREG || status.st_nlink > 1)
    }

    /// Watches a folder and everything below it, ignoring folders that have vanished.
    private func watchFolder(_ path: [UInt8]) throws(PublishingError) {
        let events =
            IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ATTRIB
            | IN_ONLYDIR | (path.isEmpty ? 0 : IN_DONT_FOLLOW)
        let watch = unsafe cPath(path)[...].withCharacters { name in
            unsafe inotify_add_watch(descriptor, name, UInt32(bitPattern: events))
        }
        guard watch >= 0 else {
            let error = errno
            if !path.isEmpty, [ENOENT, ENOTDIR, EACCES, ELOOP, ENAMETOOLONG].contains(error) {
                return
            }
            let reason =
                error == ENOSPC
                ? "too many folders to watch: raise fs.inotify.max_user_watches"
                : systemText(error)
            throw .unreadableTree(path: root, reason: reason)
        }
        folders[watch] = path
        for name in folderNames(of: path) {
            try watchFolder(TreePath(bytes: path).appending(name).bytes)
        }
    }

    /// The names of the folders in a folder; none if it cannot be read.
    private func folderNames(of path: [UInt8]) -> [[UInt8]] {
        guard let folder = unsafe cPath(path)[...].withCharacters({ unsafe opendir($0) }) else {
            return []
        }
        defer { unsafe _ = closedir(folder) }
        var names: [[UInt8]] = []
        while let entry = unsafe readdir(folder) {
            let type = unsafe Int32(entry.pointee.d_type)
            guard type == DT_DIR || type == DT_UNKNOWN else { continue }
            let name = unsafe EntryNames.withName(of: entry) { unsafe Array($0.dropLast()) }
            let entryPath = TreePath(bytes: path).appending(name).bytes
            if name[...].isName, filter.reasonToLeaveOutEntry(entryPath[...]) == nil {
                names.append(name)
            }
        }
        return names
    }

    /// Stops watching a folder that was moved away, whose events would be reported under its old
    /// path.
    private func forget(_ path: TreePath) {
        let gone: Set = [path.bytes[...]]
        for (watch, folder) in folders where folder[...].isSameOrBelow(anyOf: gone) {
            inotify_rm_watch(descriptor, watch)
            folders[watch] = nil
        }
    }

    private func cPath(_ path: [UInt8]) -> [UInt8] {
        Array(root.utf8) + [UInt8(ascii: "/")] + path + [0]
    }
}

extension [UInt8] {
    /// The 32 bits at `position` in native byte order.
    fileprivate func word(at position: Int) -> UInt32 {
        unsafe withUnsafeBytes {
            unsafe $0.loadUnaligned(fromByteOffset: position, as: UInt32.self)
        }
    }
}
