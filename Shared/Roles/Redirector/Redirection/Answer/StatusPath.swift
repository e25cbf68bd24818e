import Bytes

/// The paths of the status function's files: `_/status/` and a name of letters, digits, `.`, `-`,
/// `_` and `/`.
package enum StatusPath {
    private static let prefix: StaticString = "_/status/"
    /// More than the longest name that the status function gives.
    private static let lengthLimit = 300

    /// Whether `path` is one; no honest client requests anything else below the prefix.
    static func matches(_ path: [UInt8]) -> Bool {
        let prefixCount = prefix.utf8CodeUnitCount
        guard path.count >= prefixCount, path.count <= lengthLimit else { return false }
        return path.starts(with: bytes(of: prefix))
            && path.dropFirst(prefixCount).allSatisfy(isAllowed)
    }

    /// The name after the prefix of such a path; the index page if it is empty.
    package static func name(in path: [UInt8]) -> [UInt8] {
        let name = path.dropFirst(prefix.utf8CodeUnitCount)
        return name.isEmpty ? bytes(of: "index.html") : Array(name)
    }

    private static func bytes(of text: StaticString) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(text)
        return bytes
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2E
            || byte == 0x2D || byte == 0x5F || byte == 0x2F
    }
}

extension RequestHead {
    /// The value of If-None-Match, from the last line if there are several; empty if missing.
    ///
    /// Only pages need it, so it is not parsed with the head.
    func knownVersions(in bytes: Span<UInt8>) -> [UInt8] {
        let bytes = bytes.extracting(0..<min(byteCount, bytes.count))
        var found: [UInt8] = []
        var start = fieldsOffset
        while start < bytes.count {
            var end = bytes.firstControl(below: 0x20, from: start)
            while end < bytes.count, bytes[end] == 0x09 {
                end = bytes.firstControl(below: 0x20, from: end + 1)
            }
            let colon = bytes.endOfRun(of: .token, from: start)
            if colon < end, colon - start == 13,
                bytes.extracting(start..<colon).equalsIgnoringCase("if-none-match")
            {
                found = []
                found.append(copying: bytes.extracting(bytes.trimmed(colon + 1..<end)))
            }
            // After CR and LF.
            start = end + 2
        }
        return found
    }
}
