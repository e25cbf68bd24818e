import Glibc

/// One version of a file, by what `stat(2)` tells.
///
/// A writer that renames a new file over the old one changes the inode, and one that writes into
/// the old one its time, so no change is missed.
package struct FileVersion: Hashable, Sendable {
    private let inode: UInt64
    private let byteCount: Int64
    private let seconds: Int64
    private let nanoseconds: Int64

    /// Nil when there is no file at `path`, or none that may be looked at.
    package init?(ofFileAt path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    init(_ status: stat) {
        inode = UInt64(truncatingIfNeeded: status.st_ino)
        byteCount = Int64(status.st_size)
        seconds = Int64(status.st_mtim.tv_sec)
        nanoseconds = Int64(status.st_mtim.tv_nsec)
    }
}
