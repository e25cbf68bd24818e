/// Reads the listing of one directory as an FTP server sends it: bytes in, entries out.
///
/// The directory itself and the one above it are left out. A line that is no entry is counted and
/// never fatal: servers send totals, remarks and formats of their own. The memory it takes is that
/// of one line, and no line is longer than ``longestLine``.
package struct FTPListingParser: Sendable {
    package enum Format: Hashable, Sendable {
        /// `MLSD`: facts and a name (RFC 3659, section 7).
        case facts
        /// `LIST`: what the server's own `ls` or `dir` prints.
        case columns
    }

    package private(set) var entryCount = 0
    package private(set) var unknownLineCount = 0

    package let format: Format
    /// The start of a line whose end has not arrived.
    private var begun: [UInt8] = []
    /// The rest of an endless line is passed over.
    private var isSkipping = false
    private var lineEnd = LineEnd.unknown

    /// What ends lines.
    ///
    /// A name may hold a newline, which some servers send as it is; so a newline alone ends lines
    /// only where no line ends as it should.
    private enum LineEnd {
        case unknown
        case carriageReturnAndNewline
        case newline
    }

    /// Longer than `PATH_MAX` for a name and as much for a link's text, with facts.
    static let longestLine = 16_384

    package init(_ format: Format) {
        self.format = format
    }

    /// Takes the next bytes, and hands the entries of the lines that end in them to `receive`.
    package mutating func consume(_ bytes: ArraySlice<UInt8>, _ receive: (FTPEntry) -> Void) {
        var rest = bytes
        while let newline = rest.firstIndex(of: UInt8(ascii: "\n")) {
            keep(rest[..<newline])
            rest = rest[(newline + 1)...]
            if lineEnd == .unknown, begun.last == UInt8(ascii: "\r") {
                lineEnd = .carriageReturnAndNewline
            }
            switch lineEnd {
            case .newline: finishLine(receive)
            case .carriageReturnAndNewline where isSkipping || begun.last == UInt8(ascii: "\r"):
                finishLine(receive)
            case .carriageReturnAndNewline, .unknown: keep([UInt8(ascii: "\n")])
            }
        }
        keep(rest)
        if lineEnd == .unknown, begun.count > Self.longestLine { beginWithNewlines(receive) }
    }

    /// Takes the last line, which need not have an end; `isWhole` is false where the listing was
    /// cut, and the name may lack a part.
    package mutating func finish(isWhole: Bool, _ receive: (FTPEntry) -> Void) {
        if lineEnd == .unknown { beginWithNewlines(receive) }
        if isWhole { finishLine(receive) }
        begun = []
    }

    private mutating func keep(_ bytes: ArraySlice<UInt8>) {
        guard !isSkipping else { return }
        begun.append(contentsOf: bytes)
        if lineEnd != .unknown, begun.count > Self.longestLine { isSkipping = true }
    }

    /// Reads what was kept as lines that newlines end.
    private mutating func beginWithNewlines(_ receive: (FTPEntry) -> Void) {
        lineEnd = .newline
        var kept: [UInt8] = []
        swap(&kept, &begun)
        consume(kept[...], receive)
    }

    private mutating func finishLine(_ receive: (FTPEntry) -> Void) {
        defer {
            begun.removeAll(keepingCapacity: true)
            isSkipping = false
        }
        if begun.last == UInt8(ascii: "\r") { begun.removeLast() }
        guard !begun.isEmpty else { return }
        let line = begun[...]
        let entry: FTPEntry? =
            if isSkipping {
                nil
            } else {
                switch format {
                case .facts: FactLine.entry(line)
                case .columns: UnixLine.entry(line) ?? DOSLine.entry(line)
                }
            }
        guard let entry, !entry.name.isEmpty, !entry.name.contains(UInt8(ascii: "/")) else {
            unknownLineCount += 1
            return
        }
        let dot = UInt8(ascii: ".")
        guard entry.name != [dot], entry.name != [dot, dot] else { return }
        entryCount += 1
        receive(entry)
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
