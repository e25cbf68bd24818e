import Glibc

/// The version of a file, from `stat(2)`.
///
/// Renaming a new file over it changes the inode, and writing to it changes the time, so no change
/// is missed.
package struct FileVersion: Hashable, Sendable {
    private let inode: UInt64
    private let byteCount: Int64
    private let seconds: Int64
    private let nanoseconds: Int64

    /// Nil if there is no file at `path`, or it is not accessible.
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
