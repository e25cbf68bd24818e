/// Parses an FTP server's listing of one directory from its bytes.
///
/// The directory itself and its parent are omitted. An unrecognised line is counted but never
/// fatal: servers send totals, remarks and formats of their own. It buffers a single line, at most
/// ``longestLine`` bytes long.
package struct FTPListingParser: Sendable {
    package enum Format: Hashable, Sendable {
        /// `MLSD`: facts and a name (RFC 3659, section 7).
        case facts
        /// `LIST`: the output of the server's own `ls` or `dir`.
        case columns
    }

    package private(set) var entryCount = 0
    package private(set) var unknownLineCount = 0

    package let format: Format
    /// The beginning of a line that is not complete.
    private var incompleteLine: [UInt8] = []
    /// The rest of an overlong line is skipped.
    private var isSkipping = false
    private var lineEnd = LineEnd.unknown

    /// The line ending of the listing.
    ///
    /// A name may contain a newline, which some servers send unescaped; so a bare newline ends a
    /// line only if no line ends properly.
    private enum LineEnd {
        case unknown
        case carriageReturnAndNewline
        case newline
    }

    /// More than `PATH_MAX` for a name and as much for a link's target, with facts.
    static let longestLine = 16_384

    package init(_ format: Format) {
        self.format = format
    }

    /// Takes more bytes, and passes the entries of completed lines to `receive`.
    package mutating func consume(_ bytes: ArraySlice<UInt8>, _ receive: (FTPEntry) -> Void) {
        var rest = bytes
        while let newline = rest.firstIndex(of: UInt8(ascii: "\n")) {
            keep(rest[..<newline])
            rest = rest[(newline + 1)...]
            if lineEnd == .unknown, incompleteLine.last == UInt8(ascii: "\r") {
                lineEnd = .carriageReturnAndNewline
            }
            switch lineEnd {
            case .newline: finishLine(receive)
            case .carriageReturnAndNewline
            where isSkipping || incompleteLine.last == UInt8(ascii: "\r"):
                finishLine(receive)
            case .carriageReturnAndNewline, .unknown: keep([UInt8(ascii: "\n")])
            }
        }
        keep(rest)
        if lineEnd == .unknown, incompleteLine.count > Self.longestLine {
            beginWithNewlines(receive)
        }
    }

    /// Takes the last line, which need not be terminated; `isWhole` is false if the listing was
    /// truncated, so that the name may be incomplete.
    package mutating func finish(isWhole: Bool, _ receive: (FTPEntry) -> Void) {
        if lineEnd == .unknown { beginWithNewlines(receive) }
        if isWhole { finishLine(receive) }
        incompleteLine = []
    }

    private mutating func keep(_ bytes: ArraySlice<UInt8>) {
        guard !isSkipping else { return }
        incompleteLine.append(contentsOf: bytes)
        if lineEnd != .unknown, incompleteLine.count > Self.longestLine { isSkipping = true }
    }

    /// Parses the buffered bytes as lines that end in newlines.
    private mutating func beginWithNewlines(_ receive: (FTPEntry) -> Void) {
        lineEnd = .newline
        var kept: [UInt8] = []
        swap(&kept, &incompleteLine)
        consume(kept[...], receive)
    }

    private mutating func finishLine(_ receive: (FTPEntry) -> Void) {
        defer {
            incompleteLine.removeAll(keepingCapacity: true)
            isSkipping = false
        }
        if incompleteLine.last == UInt8(ascii: "\r") { incompleteLine.removeLast() }
        guard !incompleteLine.isEmpty else { return }
        let line = incompleteLine[...]
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
    /// The number in these ASCII digits; nil for anything else, and if it does not fit.
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

    /// The text in lower case (ASCII only), for comparisons.
    var lowercased: String {
        String(decoding: self, as: UTF8.self).lowercased()
    }
}
