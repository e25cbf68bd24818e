/// Parses a listing as it arrives into entries, and counts everything else.
///
/// It buffers a single line, at most ``longestLine`` bytes long.
package struct RsyncListingParser: Sendable {
    /// The number of lines that were entries.
    package private(set) var entryCount = 0
    /// The size of the listing in bytes.
    package private(set) var byteCount = 0
    /// The number of unrecognised lines after the first entry.
    ///
    /// Such a line may contain a name, so a listing with one proves no absence.
    package private(set) var unknownLineCount = 0
    /// The latest lines that were not entries: a message of the day, or why the server sends no
    /// list.
    package private(set) var remarks: [String] = []

    /// The beginning of a line whose end has not arrived.
    private var incompleteLine: [UInt8] = []
    /// The rest of an overlong line is skipped.
    private var isSkipping = false

    /// More than four times `PATH_MAX` for a name and as much for a link's target, escaped.
    static let longestLine = 65_536
    private static let remarkLimit = 8

    package init() {}

    /// Takes more bytes, and passes the entries of completed lines to `receive`.
    package mutating func consume(_ bytes: ArraySlice<UInt8>, _ receive: (RsyncEntry) -> Void) {
        byteCount += bytes.count
        var rest = bytes
        while let newline = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let line = rest[..<newline]
            rest = rest[(newline + 1)...]
            if isSkipping {
                isSkipping = false
            } else if incompleteLine.isEmpty {
                take(line, receive)
            } else {
                incompleteLine.append(contentsOf: line)
                take(incompleteLine[...], receive)
                incompleteLine.removeAll(keepingCapacity: true)
            }
        }
        guard !isSkipping else { return }
        incompleteLine.append(contentsOf: rest)
        if incompleteLine.count > Self.longestLine {
            remark(incompleteLine.prefix(200))
            incompleteLine.removeAll()
            isSkipping = true
        }
    }

    /// Ends the listing: an incomplete line is not an entry, because its name may be truncated.
    package mutating func finish() {
        if !incompleteLine.isEmpty { remark(incompleteLine[...]) }
        incompleteLine = []
    }

    private mutating func take(_ line: ArraySlice<UInt8>, _ receive: (RsyncEntry) -> Void) {
        guard let entry = RsyncLine.entry(line) else { return remark(line) }
        entryCount += 1
        receive(entry)
    }

    private mutating func remark(_ line: ArraySlice<UInt8>) {
        if entryCount > 0 { unknownLineCount += 1 }
        guard !line.isEmpty else { return }
        if remarks.count == Self.remarkLimit { remarks.removeFirst() }
        remarks.append(String(decoding: line.prefix(200), as: UTF8.self))
    }
}
