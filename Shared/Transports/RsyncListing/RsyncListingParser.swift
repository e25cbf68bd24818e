/// Reads a listing as it arrives: bytes in, entries out, whatever else is there counted.
///
/// The memory it takes is that of one line, and no line is longer than ``longestLine``.
package struct RsyncListingParser: Sendable {
    /// The lines that were entries.
    package private(set) var entryCount = 0
    /// The bytes of the listing.
    package private(set) var byteCount = 0
    /// The lines behind the first entry that were none.
    ///
    /// A name may hide in such a line, so that a listing with one proves no absence.
    package private(set) var unknownLineCount = 0
    /// The newest lines that were no entries: a message of the day, or why the server sends no
    /// list.
    package private(set) var remarks: [String] = []

    /// The start of a line whose end has not arrived.
    private var begun: [UInt8] = []
    /// The rest of an endless line is passed over.
    private var isSkipping = false

    /// Longer than four times `PATH_MAX` for a name and as much for a link's text, escaped.
    static let longestLine = 65_536
    private static let remarkLimit = 8

    package init() {}

    /// Takes the next bytes, and hands the entries of the lines that end in them to `receive`.
    package mutating func consume(_ bytes: ArraySlice<UInt8>, _ receive: (RsyncEntry) -> Void) {
        byteCount += bytes.count
        var rest = bytes
        while let newline = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let line = rest[..<newline]
            rest = rest[(newline + 1)...]
            if isSkipping {
                isSkipping = false
            } else if begun.isEmpty {
                take(line, receive)
            } else {
                begun.append(contentsOf: line)
                take(begun[...], receive)
                begun.removeAll(keepingCapacity: true)
            }
        }
        guard !isSkipping else { return }
        begun.append(contentsOf: rest)
        if begun.count > Self.longestLine {
            remark(begun.prefix(200))
            begun.removeAll()
            isSkipping = true
        }
    }

    /// Notes that no more comes: a line without its end is no entry, because its name may lack a
    /// part.
    package mutating func finish() {
        if !begun.isEmpty { remark(begun[...]) }
        begun = []
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
