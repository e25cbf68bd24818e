/// A reply on the control connection: three digits and text (RFC 959, section 4.2).
package struct FTPReply: Hashable, Sendable {
    package var code: Int
    /// The lines, separated by newlines, without the codes of the first and last.
    package var text: String

    package init(code: Int, text: String) {
        self.code = code
        self.text = text
    }

    /// The first digit: 1 preliminary, 2 completed, 3 intermediate, 4 temporary failure, 5
    /// permanent failure.
    package var kind: Int { code / 100 }
}

// MARK: - What texts tell

extension FTPReply {
    /// Whether the reply to `FEAT` includes `MLST`, so that the server supports `MLSD` (RFC 3659).
    var hasMachineListing: Bool {
        text.uppercased().split(separator: "\n").contains { line in
            line.split(separator: " ").first?.hasPrefix("MLST") ?? false
        }
    }

    /// The path in quotes in a 257, with doubled quotes resolved (RFC 959, appendix II), without
    /// trailing slashes.
    var quotedPath: [UInt8]? {
        var rest = Array(text.utf8)[...]
        guard let start = rest.firstIndex(of: UInt8(ascii: "\"")) else { return nil }
        rest = rest[(start + 1)...]
        var path: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\"") {
                guard rest.first == byte else { break }
                rest = rest.dropFirst()
            }
            path.append(byte)
        }
        while path.last == UInt8(ascii: "/") { path.removeLast() }
        return path
    }

    /// The port of `229 … (|||6446|)` (RFC 2428).
    var extendedPassivePort: Int? {
        let digits = text.split { !("0"..."9").contains($0) }
        guard code == 229, text.contains("|||"), let port = digits.last.flatMap({ Int($0) })
        else { return nil }
        return (1...65_535).contains(port) ? port : nil
    }

    /// The port of `227 … (127,0,0,1,25,46)`.
    var passivePort: Int? {
        let numbers = text.split { !("0"..."9").contains($0) }.suffix(6).compactMap { UInt8($0) }
        guard code == 227, numbers.count == 6 else { return nil }
        return Int(numbers[4]) << 8 | Int(numbers[5])
    }

    /// Whether a listing that ends with this reply is truncated.
    ///
    /// pure-ftpd stops at 10,000 entries: "226 Output truncated"; vsftpd sends "226 … failed to
    /// open".
    var saysThatItIsCut: Bool {
        let words = text.lowercased().split { !$0.isLetter }
        return words.contains("truncated") || words.contains("failed")
    }
}
