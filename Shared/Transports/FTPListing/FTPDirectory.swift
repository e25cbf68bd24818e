/// The entries of one directory, read from what an FTP server sent.
///
/// The directory itself and the one above it are left out. A line that is no entry is counted and
/// never fatal: servers send totals, remarks and formats of their own.
package struct FTPDirectory: Sendable {
    package enum Format: Hashable, Sendable {
        /// `MLSD`: facts and a name (RFC 3659, section 7).
        case facts
        /// `LIST`: what the server's own `ls` or `dir` prints.
        case columns
    }

    package private(set) var entries: [FTPEntry] = []
    package private(set) var unknownLineCount = 0

    package init(_ text: [UInt8], format: Format) {
        for line in Self.lines(of: text) where !line.isEmpty {
            let entry =
                switch format {
                case .facts: FactLine.entry(line)
                case .columns: UnixLine.entry(line) ?? DOSLine.entry(line)
                }
            guard let entry, !entry.name.isEmpty, !entry.name.contains(UInt8(ascii: "/")) else {
                unknownLineCount += 1
                continue
            }
            let dot = UInt8(ascii: ".")
            if entry.name != [dot], entry.name != [dot, dot] { entries.append(entry) }
        }
    }

    /// The lines, which end in CR LF.
    ///
    /// A name may hold a newline, which some servers send as it is; so a newline alone ends lines only
    /// where no line ends as it should.
    private static func lines(of text: [UInt8]) -> [ArraySlice<UInt8>] {
        let newline = UInt8(ascii: "\n")
        let carriageReturn = UInt8(ascii: "\r")
        guard text.contains(carriageReturn) else {
            return text.split(separator: newline)
        }
        var lines: [ArraySlice<UInt8>] = []
        var start = text.startIndex
        for index in text.indices where text[index] == newline {
            guard index > start, text[index - 1] == carriageReturn else { continue }
            lines.append(text[start..<(index - 1)])
            start = index + 1
        }
        if start < text.endIndex { lines.append(text[start...]) }
        return lines
    }
}

extension ArraySlice<UInt8> {
    /// The number that these ASCII digits write; nil for anything else, and for what does not fit.
    var decimal: UInt64? {
        guard !isEmpty else { return nil }
        var value: UInt64 = 0
        for byte in self {
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            let (tens, isTooLong) = value.multipliedReportingOverflow(by: 10)
            let (sum, isTooLarge) = tens.addingReportingOverflow(UInt64(digit))
            guard !isTooLong, !isTooLarge else { return nil }
            value = sum
        }
        return value
    }

    /// The same text with its ASCII letters in lower case, for comparisons.
    var lowercased: String {
        String(decoding: self, as: UTF8.self).lowercased()
    }
}
