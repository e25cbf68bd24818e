package import Mirrors

/// The names in a tree that are not published: temporary files of tools, and what the operator
/// excludes.
///
/// A temporary file is gone before a mirror can have it, but a catalog remembers every path
/// forever. So the names that tools give such files are excluded by default, everywhere, and with a
/// folder of such a name all its content.
package struct TreeFilter: Sendable {
    /// The operator's exclusions, in the pattern syntax of `classes.json`.
    package let excluded: [PathPattern]

    package init(excluding excluded: [PathPattern] = []) {
        self.excluded = excluded
    }

    /// This filter with additional patterns.
    package func excluding(_ more: [PathPattern]) -> TreeFilter {
        TreeFilter(excluding: excluded + more)
    }

    /// Why `path` is not published, or nil; checks the whole path.
    package func reasonToLeaveOut(_ path: ArraySlice<UInt8>) -> TreeListing.LeftOut.Reason? {
        var rest = path
        while let slash = rest.firstIndex(of: UInt8(ascii: "/")) {
            if Self.isTemporary(rest[..<slash]) { return .temporary }
            rest = rest[(slash + 1)...]
        }
        if Self.isTemporary(rest) { return .temporary }
        return excluded.contains { $0.matches(path) } ? .excluded : nil
    }

    /// Why a path is not published, or nil; its folders are known to be published.
    func reasonToLeaveOutEntry(_ path: ArraySlice<UInt8>) -> TreeListing.LeftOut.Reason? {
        let name = path[((path.lastIndex(of: UInt8(ascii: "/")) ?? path.startIndex - 1) + 1)...]
        if Self.isTemporary(name) { return .temporary }
        return excluded.contains { $0.matches(path) } ? .excluded : nil
    }

    /// Whether tools use such names for unfinished files.
    static func isTemporary(_ name: ArraySlice<UInt8>) -> Bool {
        isReceivedByRsync(name) || patterns.contains { $0.matches(name) }
    }

    /// Temporary names, by the tools that make them; `*` matches any bytes.
    package static let temporaryNames: KeyValuePairs<String, [String]> = [
        // rsync(1): --delay-updates, and the example for --partial-dir.
        "rsync": [".~tmp~", ".rsync-partial", ".rsync-tmp"],
        // portage/_emirrordist/FetchTask.py.
        "emirrordist": ["._emirrordist_fetch_*", ".*._mirrordist_hardlink_*"],
        // portage/package/ebuild/fetch.py, portage/locks.py.
        "Portage": ["*.__download__", "*._checksum_failure_.*", ".*.portage_lockfile"],
        // The repodata being made, also with a number appended, and the previous one.
        "createrepo": [".repodata*", ".olddata"],
        // A file that was deleted on an NFS server while open.
        "NFS": [".nfs*"],
        "aria2": ["*.aria2", "*.aria2__temp"],
        // lftp(1), pget.
        "lftp": ["*.lftp-pget-status"],
        "Chromium": ["*.crdownload"],
        "WinSCP": ["*.filepart"],
        "others": ["*.partial", "*.lck"],
    ]

    private static let patterns = temporaryNames.flatMap(\.value).map(NamePattern.init)

    /// Whether it has the form `.name.XXXXXX` that rsync gives files while receiving them; the
    /// suffix is six letters or digits (rsync's receiver.c).
    private static func isReceivedByRsync(_ name: ArraySlice<UInt8>) -> Bool {
        guard name.first == UInt8(ascii: "."), name.count > 8 else { return false }
        let suffix = name.suffix(7)
        return suffix.first == UInt8(ascii: ".")
            && suffix.dropFirst().allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF) && byte >= 0x41
            }
    }
}

/// A name pattern with at most two `*`, compared from the ends: the first or last byte rules out
/// most names.
private struct NamePattern: Sendable {
    private let prefix: [UInt8]
    private let suffix: [UInt8]
    /// The part between two `*`; nil without a `*`, empty with one.
    private let infix: [UInt8]?

    init(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
        prefix = Array(parts[0])
        suffix = parts.count > 1 ? Array(parts[parts.count - 1]) : []
        infix = parts.count > 1 ? parts[1..<(parts.count - 1)].flatMap { Array($0) } : nil
    }

    func matches(_ name: ArraySlice<UInt8>) -> Bool {
        guard let infix else { return name.elementsEqual(prefix) }
        guard name.count >= prefix.count + infix.count + suffix.count, name.starts(with: prefix),
            name.suffix(suffix.count).elementsEqual(suffix)
        else { return false }
        let middle = name.dropFirst(prefix.count).dropLast(suffix.count)
        guard !infix.isEmpty else { return true }
        return middle.indices.contains { middle[$0...].starts(with: infix) }
    }
}
