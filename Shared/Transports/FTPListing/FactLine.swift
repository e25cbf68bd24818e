import Bytes
import Mirrors
import Time

/// A line of `MLSD`: `type=file;size=12;modify=20260822004501; name` (RFC 3659, section 7.2).
enum FactLine {
    static func entry(_ line: ArraySlice<UInt8>) -> FTPEntry? {
        // A link's target may contain spaces, so look for the one after a semicolon.
        let blank = line.indices.first { index in
            line[index] == UInt8(ascii: " ") && index > line.startIndex
                && line[index - 1] == UInt8(ascii: ";")
        }
        guard let blank else { return nil }
        let name = line[(blank + 1)...]
        var entry = FTPEntry(name: Array(name), kind: .other)
        var hasType = false
        var permissions: String?
        var mode: UInt64?
        for fact in line[..<blank].split(separator: UInt8(ascii: ";")) {
            guard let equals = fact.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            let value = fact[(equals + 1)...]
            switch fact[..<equals].lowercased {
            case "type":
                hasType = true
                entry.kind = kind(value.lowercased)
                entry.target = linkText(value)
            case "size": entry.byteCount = value.decimal
            case "modify": entry.modified = time(value)
            case "perm": permissions = value.lowercased
            case "unix.mode": mode = octal(value)
            default: break
            }
        }
        guard hasType else { return nil }
        // Permissions are the client's; servers that run as root report them wrongly.
        let isDirectory = entry.kind == .directory
        if let permissions, entry.kind != .symlink {
            entry.isOpenToOthers = permissions.contains(isDirectory ? "e" : "r")
        }
        if let mode, entry.kind != .symlink {
            entry.isOpenToOthers = mode & (isDirectory ? 0o1 : 0o4) != 0
        }
        return entry
    }

    /// The directory itself is `cdir`, its parent `pdir`; links are `OS.unix=symlink`,
    /// `OS.unix=slink` or `OS.unix=slink:/target`, which predate the RFC and are not in it.
    private static func kind(_ type: String) -> EntryKind {
        if type == "file" { return .file }
        if ["dir", "cdir", "pdir"].contains(type) { return .directory }
        return type.hasPrefix("os.unix=s") && type.contains("link") ? .symlink : .other
    }

    private static func linkText(_ type: ArraySlice<UInt8>) -> TreePath? {
        guard type.lowercased.hasPrefix("os.unix=slink:"),
            let colon = type.firstIndex(of: UInt8(ascii: ":"))
        else { return nil }
        return TreePath(bytes: Array(type[(colon + 1)...]))
    }

    /// `YYYYMMDDHHMMSS[.sss]`, in UTC.
    private static func time(_ text: ArraySlice<UInt8>) -> Timestamp? {
        let digits = text.prefix(14)
        guard digits.count == 14, digits.decimal != nil else { return nil }
        func number(_ start: Int, _ count: Int) -> Int {
            Int(digits.dropFirst(start).prefix(count).decimal ?? 0)
        }
        return Timestamp(
            year: number(0, 4),
            month: number(4, 2),
            day: number(6, 2),
            hour: number(8, 2),
            minute: number(10, 2),
            second: number(12, 2)
        )
    }

    private static func octal(_ text: ArraySlice<UInt8>) -> UInt64? {
        UInt64(String(decoding: text, as: UTF8.self), radix: 8)
    }
}
