import Bytes

/// A path below the root of the published tree, as the bytes the file system holds.
///
/// There is no leading slash, and the empty path is the root itself. A name may hold any byte but
/// NUL and `/`: 1,641 names of Gentoo's distfiles hold a literal `%2F`, and nothing promises UTF-8.
/// That is why a path is never a `String`: two names that Unicode calls equal are two files.
package struct TreePath: Hashable, Sendable {
    package let bytes: [UInt8]

    /// How many links one path may lead through: Linux's own limit (`MAXSYMLINKS`), for every
    /// listing that links are followed in.
    package static let linkLimit = 40

    package init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    package init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// This path with `name` as one more component.
    package func appending(_ name: some Collection<UInt8>) -> TreePath {
        var joined = bytes
        joined.reserveCapacity(bytes.count + 1 + name.count)
        if !joined.isEmpty { joined.append(UInt8(ascii: "/")) }
        joined.append(contentsOf: name)
        return TreePath(bytes: joined)
    }

    /// The path of the folder that holds this entry; the root is its own parent.
    package var parent: TreePath {
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return TreePath(bytes: []) }
        return TreePath(bytes: Array(bytes[..<slash]))
    }

    /// The last component.
    package var name: ArraySlice<UInt8> {
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return bytes[...] }
        return bytes[(slash + 1)...]
    }
}

extension TreePath: Comparable {
    /// Orders by bytes, as `LC_ALL=C sort` does.
    package static func < (left: TreePath, right: TreePath) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

extension TreePath: CustomStringConvertible {
    /// The path for display and logs: printable ASCII as it is, everything else and `\` as `\xNN`.
    package var description: String {
        var text: [UInt8] = []
        for byte in bytes {
            if byte >= 0x20, byte < 0x7F, byte != UInt8(ascii: "\\") {
                text.append(byte)
            } else {
                text.append("\\x")
                text.append(hexadecimal: byte)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
