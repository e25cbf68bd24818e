import Glibc
package import Redirection

/// One version of a file, by what `stat(2)` tells.
///
/// A writer that renames a new file over the old one changes the inode, so no change is missed.
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

    fileprivate init(_ status: stat) {
        inode = UInt64(truncatingIfNeeded: status.st_ino)
        byteCount = Int64(status.st_size)
        seconds = Int64(status.st_mtim.tv_sec)
        nanoseconds = Int64(status.st_mtim.tv_nsec)
    }
}

/// A file mapped into memory: its pages are read when they are touched, and shared between processes.
package enum MappedFile {
    /// Maps the file at `path`; nil when there is none.
    ///
    /// The mapping outlives a rename over the file and its removal. It does not outlive a truncation:
    /// blobs are replaced, never written in place.
    package static func open(
        _ path: String
    ) throws(MappingError) -> (bytes: StableBytes, version: FileVersion)? {
        let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw .last("open", path)
        }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .last("look at", path) }
        let byteCount = Int(status.st_size)
        let version = FileVersion(status)
        // mmap(2) refuses a length of 0, which is no map anyway.
        guard byteCount > 0 else { return (StableBytes(copying: []), version) }
        guard
            let start = unsafe mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0),
            unsafe start != MAP_FAILED
        else { throw .last("map", path) }
        let bytes = unsafe StableBytes(
            start: UnsafeRawPointer(start),
            byteCount: byteCount
        ) { start, byteCount in
            unsafe munmap(UnsafeMutableRawPointer(mutating: start), byteCount)
        }
        return (bytes, version)
    }
}

/// The operating system refused to open or map a file.
package struct MappingError: Error, Equatable, CustomStringConvertible {
    package let description: String

    fileprivate static func last(_ operation: String, _ path: String) -> MappingError {
        MappingError(
            description: "cannot \(operation) \(path): \(unsafe String(cString: strerror(errno)))"
        )
    }
}
