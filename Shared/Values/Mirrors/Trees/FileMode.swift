/// Kind and permissions in the format of `ls -l`, `drwxr-xr-x`, which rsync and most FTP servers
/// also use.
package struct FileMode: Hashable, Sendable {
    package let kind: EntryKind
    /// Whether others may read it; for a directory, whether they may enter it, because the listing
    /// shows its content.
    ///
    /// Servers list even what they may not send.
    package let isOpenToOthers: Bool

    /// The length of a mode.
    package static let byteCount = 10

    /// Nil if `line` does not begin with a mode.
    package init?(startOf line: ArraySlice<UInt8>) {
        let mode = Array(line.prefix(Self.byteCount))
        guard mode.count == Self.byteCount,
            mode.dropFirst().allSatisfy({ "rwxsStT-".utf8.contains($0) })
        else { return nil }
        switch mode[0] {
        case UInt8(ascii: "-"): kind = .file
        case UInt8(ascii: "d"): kind = .directory
        case UInt8(ascii: "l"): kind = .symlink
        case UInt8(ascii: "b"), UInt8(ascii: "c"), UInt8(ascii: "p"), UInt8(ascii: "s"):
            kind = .other
        default: return nil
        }
        isOpenToOthers =
            kind == .directory
            ? mode[9] == UInt8(ascii: "x") || mode[9] == UInt8(ascii: "t")
            : mode[7] == UInt8(ascii: "r")
    }
}
