/// Splits the bytes of a control connection into replies, in bounded memory.
package struct FTPReplyParser {
    package struct Malformed: Error {
        package var line: String
    }

    private var line: [UInt8] = []
    /// The code and lines so far of a multi-line reply.
    private var incompleteReply: (code: Int, lines: [String])?

    /// The number of bytes in the reply so far.
    private var byteCount = 0

    private static let longestLine = 8192
    /// Banners and feature lists have a few thousand bytes.
    static let longestReply = 65_536

    package init() {}

    /// Takes more bytes and returns the replies that are complete.
    package mutating func consume(_ bytes: ArraySlice<UInt8>) throws(Malformed) -> [FTPReply] {
        var replies: [FTPReply] = []
        for byte in bytes {
            byteCount += 1
            guard byteCount <= Self.longestReply else { throw malformed() }
            guard byte == UInt8(ascii: "\n") else {
                line.append(byte)
                guard line.count <= Self.longestLine else { throw malformed() }
                continue
            }
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            if let reply = try takeLine() {
                replies.append(reply)
                byteCount = 0
            }
            line.removeAll(keepingCapacity: true)
        }
        return replies
    }

    private mutating func takeLine() throws(Malformed) -> FTPReply? {
        let code = Self.code(line)
        let text = String(decoding: line.dropFirst(4), as: UTF8.self)
        if let (first, lines) = incompleteReply {
            guard code == first, line.count == 3 || line[3] == UInt8(ascii: " ") else {
                incompleteReply?.lines.append(String(decoding: line, as: UTF8.self))
                return nil
            }
            incompleteReply = nil
            return FTPReply(code: first, text: (lines + [text]).joined(separator: "\n"))
        }
        guard let code else { throw malformed() }
        if line.count > 3, line[3] == UInt8(ascii: "-") {
            incompleteReply = (code, [text])
            return nil
        }
        return FTPReply(code: code, text: text)
    }

    /// The number at the start of a line, 100 to 599.
    private static func code(_ line: [UInt8]) -> Int? {
        guard line.count >= 3 else { return nil }
        var code = 0
        for byte in line.prefix(3) {
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            code = code * 10 + Int(digit)
        }
        return (100...599).contains(code) ? code : nil
    }

    private func malformed() -> Malformed {
        Malformed(line: String(decoding: line.prefix(100), as: UTF8.self))
    }
}
