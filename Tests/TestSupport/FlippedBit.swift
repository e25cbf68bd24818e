import Foundation
import Glibc

/// Flips a bit in the middle of a file, as a failing disk does: the file keeps its length and its
/// times.
package func flipBit(ofFileAt path: String) throws {
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
    var status = stat()
    guard unsafe fstat(file.fileDescriptor, &status) == 0 else {
        throw CocoaError(.fileReadUnknown)
    }
    let middle = UInt64(status.st_size / 2)
    try file.seek(toOffset: middle)
    guard let byte = try file.read(upToCount: 1)?.first else {
        throw CocoaError(.fileReadCorruptFile)
    }
    try file.seek(toOffset: middle)
    try file.write(contentsOf: [byte ^ 4])
    let times = [status.st_atim, status.st_mtim]
    guard unsafe futimens(file.fileDescriptor, times) == 0 else {
        throw CocoaError(.fileWriteUnknown)
    }
    try file.close()
}
