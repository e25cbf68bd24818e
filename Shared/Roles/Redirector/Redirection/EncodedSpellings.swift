/// The names that a path may have had before a proxy decoded it once too often.
///
/// Names in the tree hold escapes literally: `sigs.k8s.io%2Fyaml%2F@v%2Fv1.4.0.zip` is one file,
/// and a client asks for it with `%252F`. OpenFaaS's gateway and its provider each decode a path,
/// so what arrives has slashes instead, and blanks for a literal `%20`. Such a path is unknown as
/// it stands; its spellings are tried then, in the order of ``next()``: blanks of the last segment
/// as `%20`, then the last slash as `%2F`, the last two, and so on. A name of the real tree holds
/// seven at most.
package struct EncodedSpellings: Sendable {
    private let path: [UInt8]
    /// How many slashes the next spelling turns into `%2F`.
    private var slashCount = 0
    /// Where the name begins in `path` that the next spelling makes.
    private var nameStart: Int

    private static let slashLimit = 8

    /// `path` is decoded, without a slash at the beginning.
    package init(of path: [UInt8]) {
        self.path = path
        nameStart = path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        // A path that ends in a slash is a directory's, and no directory has such a name.
        if nameStart == path.count { slashCount = Self.slashLimit + 1 }
    }

    /// The next path to look up, or nil when there is none.
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
