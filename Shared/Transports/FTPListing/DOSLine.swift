import Bytes
import Mirrors

/// A line of `LIST` in IIS's format: `11-22-26  07:45PM       12345 name`, with `<DIR>` for a
/// directory.
enum DOSLine {
    static func entry(_ line: ArraySlice<UInt8>) -> FTPEntry? {
        var rest = line
        let date = word(&rest)
        let time = word(&rest)
        let length = word(&rest)
        let dateParts = date.split(separator: UInt8(ascii: "-"))
        guard dateParts.count == 3, dateParts.allSatisfy({ $0.decimal != nil }),
            time.contains(UInt8(ascii: ":")), rest.first == UInt8(ascii: " ")
        else { return nil }
        let isDirectory = length.lowercased == "<dir>"
        // `<DIR>` is followed by several spaces, a length by one.
        let name = isDirectory ? rest.drop { $0 == UInt8(ascii: " ") } : rest.dropFirst()
        if isDirectory { return FTPEntry(name: Array(name), kind: .directory) }
        guard let byteCount = length.decimal else { return nil }
        return FTPEntry(name: Array(name), kind: .file, byteCount: byteCount)
    }

    private static func word(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        rest = rest.drop { $0 == UInt8(ascii: " ") }
        let word = rest.prefix { $0 != UInt8(ascii: " ") }
        rest = rest.dropFirst(word.count)
        return word
    }
}
