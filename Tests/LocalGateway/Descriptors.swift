import Foundation
import Glibc
import TestSupport

/// A pipe whose ends no other program inherits, unless another thread starts one at exactly this
/// moment.
func makePipe() throws -> (reading: FileHandle, writing: FileHandle) {
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else { throw SystemError("make a pipe") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (
        FileHandle(fileDescriptor: ends[0], closeOnDealloc: true),
        FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
    )
}

/// A file without a name, for the standard streams of a function: nothing blocks, whatever the
/// function reads or writes.
final class NamelessFile {
    let descriptor: Int32

    /// A file that contains `bytes`, positioned at its beginning.
    init(holding bytes: [UInt8] = []) throws {
        let path = NSTemporaryDirectory() + "/stream-\(UUID().uuidString)"
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError("make the file \(path)") }
        unsafe unlink(path)
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes[written...].withUnsafeBytes { rest in
                unsafe pwrite(descriptor, rest.baseAddress, rest.count, off_t(written))
            }
            guard count > 0 else { throw SystemError("write a request") }
            written += count
        }
    }

    deinit {
        close(descriptor)
    }

    /// The whole contents of the file.
    func bytes() throws -> [UInt8] {
        let size = Int(lseek(descriptor, 0, SEEK_END))
        var bytes = [UInt8](repeating: 0, count: max(size, 0))
        var read = 0
        while read < bytes.count {
            let count = unsafe bytes[read...].withUnsafeMutableBytes { rest in
                unsafe pread(descriptor, rest.baseAddress, rest.count, off_t(read))
            }
            guard count > 0 else { throw SystemError("read an answer") }
            read += count
        }
        return bytes
    }
}
