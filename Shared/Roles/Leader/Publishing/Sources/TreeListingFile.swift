import Bytes
import Catalogs
import Mirrors
import Time

/// A plain listing written by other tools, one entry a line.
///
///     path TAB size TAB mtime [TAB digest]...
///
/// - path: relative to the root, optionally with `./`. A trailing slash marks a folder; a folder
///   with content need not be listed. The escapes `\t`, `\n`, `\r`, `\\` and `\xNN` stand for
///   bytes.
/// - size: bytes in decimal; `->` for a symlink, with its target in place of the time;
/// - mtime: seconds since 1970, fractions are ignored; `-` if unknown;
/// - digest: `sha256:`, `sha512:` or `blake2b:` and hexadecimal digits.
///
/// GNU find can write it: `find . -type f -printf '%P\t%s\t%T@\n' -o -type l -printf
/// '%P\t->\t%l\n'`.
package struct TreeListingFile: TreeSource {
    /// The file, or `-` for standard input.
    package let path: String

    package init(path: String) {
        self.path = path
    }

    package var name: String { path == "-" ? "listing on standard input" : "listing \(path)" }

    /// Throws for a malformed or truncated line, with its number: half a listing would remove the
    /// rest of the tree.
    package func listing(by filter: TreeFilter) throws(PublishingError) -> TreeListing {
        var input = try ByteInput(path: path)
        var listing = TreeListing()
        var number = 0
        while let line = try input.nextLine() {
            number += 1
            guard !line.isEmpty else { continue }
            guard !input.endsInsideOfALine else {
                throw .badListing(name: name, line: number, reason: "it has no newline: truncated?")
            }
            if let reason = Self.take(line, by: filter, into: &listing) {
                throw .badListing(name: name, line: number, reason: reason)
            }
        }
        return listing.ordered()
    }

    /// Adds the entry of a line, or returns what is wrong with it.
    private static func take(
        _ line: [UInt8],
        by filter: TreeFilter,
        into listing: inout TreeListing
    ) -> String? {
        let fields = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
        guard fields.count >= 3 else { return "expected a path, a size and a time between tabs" }
        guard var path = unescaped(fields[0]) else { return "a backslash without its meaning" }
        if path.starts(with: "./".utf8) { path.removeFirst(2) }
        let isFolder = path.last == UInt8(ascii: "/")
        if isFolder { path.removeLast() }
        if let reason = filter.reasonToLeaveOut(path[...]) {
            listing.leaveOut(TreePath(bytes: path), reason)
            return nil
        }
        if isFolder {
            listing.appendDirectory(path)
            return nil
        }
        if fields[1].elementsEqual("->".utf8) {
            guard let target = unescaped(fields[2]) else {
                return "a backslash without its meaning"
            }
            listing.appendLink(path, target: target[...])
            return nil
        }
        guard let byteCount = fields[1].decimal, byteCount != .max else {
            return "the size is no number"
        }
        guard let modified = time(fields[2]) else { return "the time is no number and no \"-\"" }
        guard let digests = digests(fields.dropFirst(3)) else { return "a digest is malformed" }
        listing.appendFile(path, byteCount: byteCount, modified: modified, digests: digests)
        return nil
    }

    private static func time(_ field: ArraySlice<UInt8>) -> Timestamp? {
        if field.elementsEqual("-".utf8) { return EntryColumns.unknownTime }
        let isNegative = field.first == UInt8(ascii: "-")
        let digits = field.dropFirst(isNegative ? 1 : 0)
        let whole = digits.prefix { $0 != UInt8(ascii: ".") }
        guard let seconds = whole.decimal, let value = Int64(exactly: seconds),
            digits.dropFirst(whole.count + 1).allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        return Timestamp(secondsSinceEpoch: isNegative ? -value : value)
    }

    private static func digests(_ fields: ArraySlice<ArraySlice<UInt8>>) -> Digests? {
        var digests: [Digests.Algorithm: [UInt8]] = [:]
        for field in fields where !field.isEmpty {
            let name = field.prefix { $0 != UInt8(ascii: ":") }
            let digits = field.dropFirst(name.count + 1)
            guard
                let algorithm = Digests.Algorithm.allCases.first(where: {
                    $0.name.utf8.elementsEqual(name)
                }), let digest = [UInt8](hexadecimal: digits), digest.count == algorithm.byteCount
            else { return nil }
            digests[algorithm] = digest
        }
        return Digests(digests)
    }

    /// The bytes that `text` encodes, or nil for an unknown escape.
    static func unescaped(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.contains(UInt8(ascii: "\\")) else { return Array(text) }
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                bytes.append(byte)
                continue
            }
            switch rest.popFirst() {
            case UInt8(ascii: "t"): bytes.append(0x09)
            case UInt8(ascii: "n"): bytes.append(0x0A)
            case UInt8(ascii: "r"): bytes.append(0x0D)
            case UInt8(ascii: "\\"): bytes.append(UInt8(ascii: "\\"))
            case UInt8(ascii: "x"):
                guard let value = [UInt8](hexadecimal: rest.prefix(2)), value.count == 1 else {
                    return nil
                }
                bytes += value
                rest = rest.dropFirst(2)
            default: return nil
            }
        }
        return bytes
    }
}
