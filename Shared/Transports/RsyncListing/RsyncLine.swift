import Bytes
import Mirrors
import Time

/// A line of `rsync --list-only --no-h -l`, parsed by columns.
///
/// It has ten characters of kind and permissions, spaces, the right-aligned length (the column
/// grows with it), one space, `YYYY/MM/DD`, one space, `HH:MM:SS`, one space; the rest is the name,
/// including leading and trailing spaces. For a symlink, ` -> ` and its target follow the name.
enum RsyncLine {
    /// The entry of a line without its newline, or nil if the line is malformed.
    ///
    /// An entry outside the listed folder is also refused.
    static func entry(_ line: ArraySlice<UInt8>) -> RsyncEntry? {
        guard let mode = FileMode(startOf: line) else { return nil }
        var rest = line.dropFirst(FileMode.byteCount)
        guard let byteCount = byteCount(&rest), let modified = time(&rest) else { return nil }
        let name = unescaped(rest)
        guard !name.isEmpty else { return nil }
        var entry = RsyncEntry(
            path: TreePath(bytes: name),
            kind: mode.kind,
            byteCount: byteCount,
            modified: modified,
            isOpenToOthers: mode.isOpenToOthers
        )
        if mode.kind == .symlink {
            guard let link = LinkNotation.divide(name, targetByteCount: byteCount) else {
                return nil
            }
            entry.path = TreePath(bytes: link.name)
            entry.target = TreePath(bytes: link.target)
        }
        if entry.path.bytes == [UInt8(ascii: ".")] { entry.path = TreePath(bytes: []) }
        return isInside(entry.path) ? entry : nil
    }

    /// Parses spaces, digits and one space.
    ///
    /// Clients that don't know `--no-h` write commas between the digits.
    private static func byteCount(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
        rest = rest.drop { $0 == UInt8(ascii: " ") }
        var value: UInt64 = 0
        var digitCount = 0
        while let byte = rest.popFirst(), byte != UInt8(ascii: " ") {
            if byte == UInt8(ascii: ","), digitCount > 0 { continue }
            guard value.append(decimalDigit: byte) else { return nil }
            digitCount += 1
        }
        return digitCount > 0 ? value : nil
    }

    /// Parses `YYYY/MM/DD HH:MM:SS` and one space.
    private static func time(_ rest: inout ArraySlice<UInt8>) -> Timestamp? {
        guard let year = number(&rest, until: UInt8(ascii: "/")),
            let month = number(&rest, until: UInt8(ascii: "/")),
            let day = number(&rest, until: UInt8(ascii: " ")),
            let hour = number(&rest, until: UInt8(ascii: ":")),
            let minute = number(&rest, until: UInt8(ascii: ":")),
            let second = number(&rest, until: UInt8(ascii: " "))
        else { return nil }
        return Timestamp(
            year: year,
            month: month,
            day: day,
            hour: hour,
            minute: minute,
            second: second
        )
    }

    /// Parses up to nine digits and the byte after them.
    private static func number(_ rest: inout ArraySlice<UInt8>, until end: UInt8) -> Int? {
        var value = 0
        var digitCount = 0
        while let byte = rest.popFirst() {
            if byte == end { return digitCount > 0 ? value : nil }
            guard digitCount < 9, let digit = digit(byte) else { return nil }
            value = value * 10 + Int(digit)
            digitCount += 1
        }
        return nil
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        let digit = byte &- UInt8(ascii: "0")
        return digit < 10 ? digit : nil
    }

    /// Decodes rsync's escapes `\#ooo`.
    ///
    /// They stand for all control bytes but the tab, and for a backslash that could be mistaken for
    /// the start of an escape.
    static func unescaped(_ text: ArraySlice<UInt8>) -> [UInt8] {
        guard text.contains(UInt8(ascii: "\\")) else { return Array(text) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var index = text.startIndex
        while index < text.endIndex {
            if let byte = escapedByte(text[index...].prefix(5)) {
                bytes.append(byte)
                index += 5
            } else {
                bytes.append(text[index])
                index += 1
            }
        }
        return bytes
    }

    private static func escapedByte(_ text: ArraySlice<UInt8>) -> UInt8? {
        guard text.count == 5, text.starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "#")]) else {
            return nil
        }
        var value = 0
        for byte in text.dropFirst(2) {
            guard let digit = digit(byte), digit < 8 else { return nil }
            value = value << 3 | Int(digit)
        }
        return UInt8(exactly: value)
    }

    /// Whether every component is a valid name: none is empty, `.` or `..`, and no byte is NUL.
    private static func isInside(_ path: TreePath) -> Bool {
        if path.bytes.isEmpty { return true }
        guard !path.bytes.contains(0) else { return false }
        let dot = UInt8(ascii: ".")
        return path.bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .allSatisfy { name in
                !(name.isEmpty || name.elementsEqual([dot]) || name.elementsEqual([dot, dot]))
            }
    }
}
