package import Bytes
import Glibc

/// The bytes of a file in private memory, unaffected by later changes of the file.
///
/// For data that is validated once and then trusted for hours, such as a region's map: `cp backup
/// europe.map` over the map in use truncates and rewrites it, and a mapping would show each step.
package enum FileCopy {
    /// Reads the file at `path`; nil if there is none.
    ///
    /// Throws if it changed during the read: the next look finds another version.
    package static func read(
        _ path: String,
        _ ownership: FileOwnership = .anybody
    ) throws(StorageError) -> (bytes: StableBytes, version: FileVersion)? {
        guard let file = try File.reading(path, ownership) else { return nil }
        let status = try file.status()
        let byteCount = Int(status.st_size)
        let version = FileVersion(status)
        guard byteCount > 0 else { return (StableBytes(copying: []), version) }
        // Separate pages, which return to the system together with the copy.
        guard
            let start = unsafe mmap(
                nil,
                byteCount,
                PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE,
                -1,
                0
            ), unsafe start != MAP_FAILED
        else { throw .lastError("make room for", path) }
        let bytes = unsafe StableBytes(
            start: UnsafeRawPointer(start),
            byteCount: byteCount
        ) { start, byteCount in
            unsafe munmap(UnsafeMutableRawPointer(mutating: start), byteCount)
        }
        try unsafe file.read(into: UnsafeMutableRawBufferPointer(start: start, count: byteCount))
        guard FileVersion(try file.status()) == version else {
            throw .system(operation: "read", path: path, reason: "it is being written to")
        }
        return (bytes, version)
    }
}
