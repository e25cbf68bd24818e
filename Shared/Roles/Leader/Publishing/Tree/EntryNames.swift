import Glibc
import Linux

/// The names in one folder, each followed by the NUL that system calls need.
struct EntryNames {
    private var bytes: [UInt8] = []
    private var ranges: [Range<Int>] = []

    init() {}

    /// The names in the folder at `path`.
    init(ofFolder path: String) throws(PublishingError) {
        guard let folder = unsafe opendir(path) else {
            throw .unreadableSource(name: path, reason: systemText())
        }
        defer { unsafe _ = closedir(folder) }
        if let reason = unsafe read(from: folder) {
            throw .unreadableSource(name: path, reason: reason)
        }
    }

    /// The names in byte order, as text.
    var texts: [String] {
        sorted().map { String(decoding: bytes[$0].dropLast(), as: UTF8.self) }
    }

    func cString(_ range: Range<Int>) -> ArraySlice<UInt8> { bytes[range] }

    /// Reads the folder to its end; returns the reason for a failure, or nil.
    mutating func read(from folder: OpaquePointer) -> String? {
        while true {
            errno = 0
            guard let entry = unsafe readdir(folder) else {
                return errno == 0 ? nil : systemText()
            }
            let start = bytes.count
            unsafe Self.withName(of: entry) { unsafe bytes.append(contentsOf: $0) }
            let name = bytes[start...].dropLast()
            if name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8) {
                bytes.removeSubrange(start...)
            } else {
                ranges.append(start..<bytes.count)
            }
        }
    }

    /// Passes the name of a `readdir` entry to `body`, with the NUL at its end.
    static func withName<Value>(
        of entry: UnsafeMutablePointer<dirent>,
        _ body: (UnsafeBufferPointer<UInt8>) -> Value
    ) -> Value {
        unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
            unsafe name.withMemoryRebound(to: UInt8.self, capacity: 256) { name in
                unsafe body(UnsafeBufferPointer(start: name, count: strlen(name) + 1))
            }
        }
    }

    /// The ranges of the names, in byte order.
    func sorted() -> [Range<Int>] {
        unsafe bytes.withUnsafeBytes { buffer in
            ranges.sorted { left, right in
                // Both end in NUL, which no name contains, so comparing the shorter length
                // suffices.
                let order = unsafe memcmp(
                    buffer.baseAddress.unsafelyUnwrapped + left.lowerBound,
                    buffer.baseAddress.unsafelyUnwrapped + right.lowerBound,
                    min(left.count, right.count)
                )
                return order < 0
            }
        }
    }
}

extension ArraySlice<UInt8> {
    /// Calls `body` with the bytes as a C string; they must end in NUL.
    func withCharacters<Value>(_ body: (UnsafePointer<CChar>) -> Value) -> Value {
        unsafe withUnsafeBytes { bytes in
            unsafe body(bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: CChar.self))
        }
    }
}
