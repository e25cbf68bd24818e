import Bytes
import Mirrors

/// A line of `LIST` in the format of `ls -l`, which nearly all servers use.
///
/// Owner, group and link count may be missing or contain anything, so columns are counted from the
/// date: `Nov 22 19:45`, `Nov 22  2025`, `22 Nov 2025` or `2025-11-22 19:45`. The length precedes
/// it, and one space and the name follow. The time has no zone and no seconds, so it is ignored.
enum UnixLine {
    static func entry(_ line: ArraySlice<UInt8>) -> FTPEntry? {
        guard let mode = FileMode(startOf: line) else { return nil }
        let fields = fields(of: line)
        // At least the permissions and the length precede the date.
        guard let date = (2..<max(2, fields.count)).first(where: { isDate(fields, at: $0) }),
            let byteCount = line[fields[date - 1]].decimal
        else { return nil }
        let last = fields[date + dateLength(fields, at: date, line) - 1]
        let name = line[last.upperBound...].dropFirst()
        var entry = FTPEntry(
            name: Array(name),
            kind: mode.kind,
            byteCount: byteCount,
            isOpenToOthers: mode.kind == .symlink || mode.isOpenToOthers
        )
        if mode.kind == .symlink {
            guard let link = LinkNotation.divide(Array(name), targetByteCount: byteCount) else {
                return nil
            }
            entry.name = link.name
            entry.target = TreePath(bytes: link.target)
        }
        return entry

        func isDate(_ fields: [Range<Int>], at index: Int) -> Bool {
            dateLength(fields, at: index, line) > 0
        }
    }

    /// The ranges of the first twelve words: enough to find the date, and few for a long line.
    private static func fields(of line: ArraySlice<UInt8>) -> [Range<Int>] {
        var fields: [Range<Int>] = []
        var index = line.startIndex
        while index < line.endIndex, fields.count < 12 {
            guard let start = line[index...].firstIndex(where: { $0 != UInt8(ascii: " ") }) else {
                break
            }
            let end = line[start...].firstIndex(of: UInt8(ascii: " ")) ?? line.endIndex
            fields.append(start..<end)
            index = end
        }
        return fields
    }

    /// The number of words in the date at `index`; 0 if there is none.
    private static func dateLength(
        _ fields: [Range<Int>],
        at index: Int,
        _ line: ArraySlice<UInt8>
    ) -> Int {
        func word(_ offset: Int) -> ArraySlice<UInt8> {
            index + offset < fields.count ? line[fields[index + offset]] : []
        }
        let isDay: (ArraySlice<UInt8>) -> Bool = { $0.count <= 2 && $0.decimal != nil }
        if isMonth(word(0)), isDay(word(1)), isClockOrYear(word(2)) { return 3 }
        if isDay(word(0)), isMonth(word(1)), isClockOrYear(word(2)) { return 3 }
        let day = word(0).split(separator: UInt8(ascii: "-"))
        if day.count == 3, day[0].count == 4, day.allSatisfy({ $0.decimal != nil }),
            word(1).contains(UInt8(ascii: ":")), isClockOrYear(word(1))
        {
            return 2
        }
        return 0
    }

    private static func isMonth(_ word: ArraySlice<UInt8>) -> Bool {
        word.count == 3 && months.contains(word.lowercased)
    }

    private static let months: Set = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]

    private static func isClockOrYear(_ word: ArraySlice<UInt8>) -> Bool {
        if word.count == 4, word.decimal != nil { return true }
        let parts = word.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        return (2...3).contains(parts.count)
            && parts.allSatisfy { $0.count <= 2 && $0.decimal != nil }
    }
}
