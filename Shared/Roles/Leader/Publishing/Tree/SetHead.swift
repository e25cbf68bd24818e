import Bytes
import Mirrors

/// What the head of a set says about other files, if its format is known.
///
/// The indexes of Debian (`Release`, `InRelease`) and of RPM repositories (`repomd.xml`) describe
/// their sets; pacman databases (`core.db`) describe the packages beside them.
///
/// Malformed lines and elements are skipped: the clients of the repository will notice them.
struct SetHead {
    struct File: Equatable {
        let path: [UInt8]
        let byteCount: UInt64
        let sha256: [UInt8]
    }

    let files: [File]

    /// Heads have a few hundred kilobytes; the longest pacman databases have 8 MiB.
    static let byteCountLimit: UInt64 = 16 << 20

    private enum Format {
        case release, repomd, database
    }

    private static func format(of name: some Sequence<UInt8>) -> Format? {
        if name.elementsEqual("Release".utf8) || name.elementsEqual("InRelease".utf8) {
            return .release
        }
        if name.elementsEqual("repomd.xml".utf8) { return .repomd }
        let isDatabase = [".db", ".db.tar.gz", ".db.tar"].contains { ending in
            Array(name).suffix(ending.utf8.count).elementsEqual(ending.utf8)
        }
        return isDatabase ? .database : nil
    }

    /// Whether a file of this name is a head.
    static func isNamed(by name: some Sequence<UInt8>) -> Bool { format(of: name) != nil }

    /// Reads the head at `path`; nil if it is malformed.
    init?(at path: TreePath, _ bytes: [UInt8]) {
        switch Self.format(of: path.name) {
        case nil: return nil
        case .release: files = Self.release(bytes, in: path.parent)
        case .repomd: files = Self.repomd(bytes, in: path.parent.parent)
        case .database:
            guard let database = PacmanDatabase(bytes) else { return nil }
            files = database.packages.map { package in
                File(
                    path: path.parent.appending(package.name[...]).bytes,
                    byteCount: package.byteCount,
                    sha256: package.sha256
                )
            }
        }
    }

    // MARK: - Debian

    /// The lines of the field `SHA256`: digest, length and path relative to the head's folder.
    private static func release(_ bytes: [UInt8], in folder: TreePath) -> [File] {
        var files: [File] = []
        var isInField = false
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            guard line.first == UInt8(ascii: " ") else {
                isInField = line.starts(with: "SHA256:".utf8)
                continue
            }
            guard isInField else { continue }
            let words = line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }
            guard words.count == 3, let digest = [UInt8](hexadecimal: words[0]),
                digest.count == 32, let byteCount = words[1].decimal
            else { continue }
            files.append(
                File(
                    path: folder.appending(words[2]).bytes,
                    byteCount: byteCount,
                    sha256: digest
                )
            )
        }
        return files
    }

    // MARK: - RPM

    /// For each `data` element, the location, the length and the digest of the file as stored.
    private static func repomd(_ bytes: [UInt8], in folder: TreePath) -> [File] {
        var files: [File] = []
        var rest = bytes[...]
        while let data = rest.take(between: "<data", and: "</data>") {
            var (location, size, checksum) = (data, data, data)
            guard let href = location.take(between: "<location href=\"", and: "\""),
                // Contains an entity, which no known tool writes here.
                !href.contains(UInt8(ascii: "&")),
                let byteCount = size.take(between: "<size>", and: "</size>")?.decimal,
                let digits = checksum.take(
                    between: "<checksum type=\"sha256\">",
                    and: "</checksum>"
                ),
                let digest = [UInt8](hexadecimal: digits), digest.count == 32
            else { continue }
            files.append(
                File(path: folder.appending(href).bytes, byteCount: byteCount, sha256: digest)
            )
        }
        return files
    }
}

extension ArraySlice<UInt8> {
    /// Takes the text between the first `start` and the next `end`, and removes everything up to
    /// there.
    ///
    /// Nil, with nothing removed, if they don't occur.
    fileprivate mutating func take(
        between start: StaticString,
        and end: StaticString
    ) -> ArraySlice<UInt8>? {
        guard let begin = position(of: start, from: startIndex) else { return nil }
        let first = begin + start.utf8CodeUnitCount
        guard let last = position(of: end, from: first) else { return nil }
        let taken = self[first..<last]
        self = self[(last + end.utf8CodeUnitCount)...]
        return taken
    }

    private func position(of text: StaticString, from first: Index) -> Index? {
        let text = Array("\(text)".utf8)
        var index = first
        while index + text.count <= endIndex {
            if self[index] == text[0], self[index..<(index + text.count)].elementsEqual(text) {
                return index
            }
            index += 1
        }
        return nil
    }
}
