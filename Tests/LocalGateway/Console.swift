import Foundation
import Synchronization

/// Standard output, line by line, from several threads.
enum Console {
    private static let lock = Mutex(())

    static func print(_ text: String) {
        lock.withLock { _ in
            FileHandle.standardOutput.write(Data((text + "\n").utf8))
        }
    }

    /// Prints what is written to a new descriptor, each line prefixed with the name of its writer.
    ///
    /// The caller closes the descriptor; the lines end when every copy of it is closed.
    static func prefixed(_ name: String) throws -> FileHandle {
        let (reading, writing) = try makePipe()
        let label = name.padding(toLength: max(13, name.count), withPad: " ", startingAt: 0)
        Thread.detachNewThread {
            var line: [UInt8] = []
            while case let bytes = reading.availableData, !bytes.isEmpty {
                for byte in bytes {
                    if byte == UInt8(ascii: "\n") {
                        print("\(label) | \(String(decoding: line, as: UTF8.self))")
                        line = []
                    } else {
                        line.append(byte)
                    }
                }
            }
            if !line.isEmpty { print("\(label) | \(String(decoding: line, as: UTF8.self))") }
        }
        return writing
    }
}
