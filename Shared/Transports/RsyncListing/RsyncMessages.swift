/// rsync's output on standard error, in bounded memory.
struct RsyncMessages {
    /// The latest lines.
    private(set) var lines: [String] = []
    /// The unreadable paths, as rsync writes them: `"/distfiles/ab" (in gentoo)`.
    private(set) var unread: [String] = []
    private var incompleteLine: [UInt8] = []

    private static let lineLimit = 16
    private static let unreadLimit = 64
    private static let longestLine = 4096

    mutating func consume(_ bytes: ArraySlice<UInt8>) {
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                finish()
            } else if incompleteLine.count < Self.longestLine {
                incompleteLine.append(byte)
            }
        }
    }

    /// Takes the incomplete last line.
    mutating func finish() {
        guard !incompleteLine.isEmpty else { return }
        let line = String(decoding: incompleteLine, as: UTF8.self)
        incompleteLine.removeAll(keepingCapacity: true)
        if lines.count == Self.lineLimit { lines.removeFirst() }
        lines.append(line)
        if unread.count < Self.unreadLimit, let path = Self.unreadPath(line) {
            unread.append(path)
        }
    }

    /// The quoted part, and what follows it, of `rsync: [sender] opendir "/a" (in m) failed:
    /// Permission denied (13)` and `file has vanished: "/a" (in m)`.
    private static func unreadPath(_ line: String) -> String? {
        guard let quote = line.firstIndex(of: "\"") else { return nil }
        var path = line[quote...]
        if line.hasPrefix("file has vanished") { return String(path) }
        // The reason contains no quotes; the name may.
        guard let closing = path.lastIndex(of: "\"") else { return nil }
        let reason = path[closing...]
        guard let end = reason.firstIndex(of: ":") else { return nil }
        path = path[..<end]
        return path.hasSuffix(" failed") ? String(path.dropLast(" failed".count)) : nil
    }
}
