import Bytes

/// A path below the root of the published tree, as the bytes in the file system.
///
/// There is no leading slash, and the empty path is the root itself. A name may contain any byte
/// but NUL and `/`: 1,641 names of Gentoo's distfiles contain a literal `%2F`, and UTF-8 is not
/// guaranteed. So a path is never a `String`: two names that Unicode treats as equal are different
/// files.
package struct TreePath: Hashable, Sendable {
    package let bytes: [UInt8]

    /// The maximum number of links on one path, in every listing: Linux's own limit
    /// (`MAXSYMLINKS`).
    package static let linkLimit = 40

    package init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    package init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// This path with `name` appended as a component.
    package func appending(_ name: some Collection<UInt8>) -> TreePath {
        var joined = bytes
        joined.reserveCapacity(bytes.count + 1 + name.count)
        if !joined.isEmpty { joined.append(UInt8(ascii: "/")) }
        joined.append(contentsOf: name)
        return TreePath(bytes: joined)
    }

    /// The path of the folder that contains this entry; the root is its own parent.
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
    /// Compares bytes, like `LC_ALL=C sort`.
    package static func < (left: TreePath, right: TreePath) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

extension TreePath: CustomStringConvertible {
    /// The path for display and logs: printable ASCII unchanged, everything else and `\` as `\xNN`.
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
