package import Bytes
import Glibc

/// A file mapped into memory: its pages are read on access, and shared between processes.
///
/// The mapping survives a rename over the file and its removal. Changes to the file itself show
/// through: if it is overwritten, as by `cp`, other bytes appear, and if it is truncated, zeros. So
/// this is for readers that accept any bytes and check `StableBytes.isTorn` afterwards;
/// ``FileCopy`` is for those that must not see a change.
package struct MappedFile: Sendable {
    package let bytes: StableBytes
    package let version: FileVersion

    /// Maps the file at `path`; nil if there is none.
    package static func open(
        _ path: String,
        _ ownership: FileOwnership = .anybody
    ) throws(StorageError) -> MappedFile? {
        guard let file = try File.reading(path, ownership) else { return nil }
        let status = try file.status()
        let byteCount = Int(status.st_size)
        let version = FileVersion(status)
        // mmap(2) rejects a length of 0.
        guard byteCount > 0 else {
            return MappedFile(bytes: StableBytes(copying: []), version: version)
        }
        guard
            let start = unsafe file.withDescriptor({ descriptor in
                unsafe mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0)
            }), unsafe start != MAP_FAILED
        else { throw .lastError("map", path) }
        guard let watch = unsafe MappingGuard.watch(start, byteCount) else {
            unsafe munmap(start, byteCount)
            // Too many mappings to watch: an unwatched mapping could kill the process, so copy
            // instead.
            guard let copy = try FileCopy.read(path, ownership) else { return nil }
            return MappedFile(bytes: copy.bytes, version: copy.version)
        }
        let bytes = unsafe StableBytes(
            start: UnsafeRawPointer(start),
            byteCount: byteCount,
            isTorn: { watch.isTorn }
        ) { start, byteCount in
            watch.end()
            unsafe munmap(UnsafeMutableRawPointer(mutating: start), byteCount)
        }
        return MappedFile(bytes: bytes, version: version)
    }
}
