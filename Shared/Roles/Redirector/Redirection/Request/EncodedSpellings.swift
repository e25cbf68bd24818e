/// The names that a path may have had before a proxy decoded it once too often.
///
/// Names in the tree contain literal escapes: `sigs.k8s.io%2Fyaml%2F@v%2Fv1.4.0.zip` is one file,
/// and a client requests it with `%252F`. OpenFaaS's gateway and its provider each decode a path,
/// so that slashes arrive instead, and spaces for a literal `%20`. If such a path is unknown, its
/// spellings are tried in the order of ``next()``: spaces of the last segment as `%20`, then the
/// last slash as `%2F`, the last two, and so on. Names in the real tree have at most seven.
package struct EncodedSpellings: Sendable {
    private let path: [UInt8]
    /// The number of slashes that the next spelling turns into `%2F`.
    private var slashCount = 0
    /// Where the name that the next spelling makes begins in `path`.
    private var nameStart: Int

    private static let slashLimit = 8

    /// `path` is decoded, without a leading slash.
    package init(of path: [UInt8]) {
        self.path = path
        nameStart = path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        // A path with a trailing slash is a directory's, and no directory has such a name.
        if nameStart == path.count { slashCount = Self.slashLimit + 1 }
    }

    /// The next path to look up, or nil if there is none.
    package mutating func next() -> [UInt8]? {
        while slashCount <= Self.slashLimit {
            let spelling = path[..<nameStart] + Self.encoded(path[nameStart...])
            let isNew = slashCount > 0 || spelling.count > path.count
            slashCount += 1
            if nameStart > 0 {
                let before = path[..<(nameStart - 1)].lastIndex(of: UInt8(ascii: "/"))
                nameStart = before.map { $0 + 1 } ?? 0
            } else {
                slashCount = Self.slashLimit + 1
            }
            if isNew { return Array(spelling) }
        }
        return nil
    }

    private static func encoded(_ name: ArraySlice<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        for byte in name {
            switch byte {
            case UInt8(ascii: "/"): bytes += Array("%2F".utf8)
            case UInt8(ascii: " "): bytes += Array("%20".utf8)
            default: bytes.append(byte)
            }
        }
        return bytes
    }
}
