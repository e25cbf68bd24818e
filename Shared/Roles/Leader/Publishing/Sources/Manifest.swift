import Bytes
import Catalogs

/// The `DIST` lines of a Manifest file (GLEP 74).
///
///     DIST foo-1.0.tar.xz 12345 BLAKE2B 0a1b… SHA512 2c3d…
///
/// Lines of other types (`EBUILD`, `AUX`, a signature) don't concern distfiles and are skipped.
struct Manifest {
    struct Entry: Equatable {
        let name: [UInt8]
        let byteCount: UInt64
        let digests: Digests
    }

    private(set) var entries: [Entry] = []
    /// What is wrong with the first bad line, with its number; nil if all are good.
    ///
    /// Good lines still count, but what the bad one would name is unknown.
    private(set) var problem: String?

    init(reading input: consuming ByteInput) throws(PublishingError) {
        var number = 0
        while let line = try input.nextLine() {
            number += 1
            guard line.starts(with: "DIST".utf8) else { continue }
            if !input.endsInsideOfALine, let entry = Self.entry(line) {
                entries.append(entry)
            } else if problem == nil {
                let reason = input.endsInsideOfALine ? "it is cut off" : "it is no DIST line"
                problem = "line \(number): \(reason)"
            }
        }
    }

    /// Nil unless the line is complete, with a length and at least one known digest.
    private static func entry(_ line: [UInt8]) -> Entry? {
        let words = line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        guard words.count >= 5, words.count % 2 == 1, words[0].elementsEqual("DIST".utf8),
            let name = unescaped(words[1]), name[...].isName,
            let byteCount = words[2].decimal, byteCount != .max
        else { return nil }
        var digests: [Digests.Algorithm: [UInt8]] = [:]
        for index in stride(from: 3, to: words.count, by: 2) {
            // Obsolete algorithms of older Manifests: RMD160, WHIRLPOOL, MD5.
            guard let algorithm = algorithm(words[index]) else { continue }
            guard let digest = [UInt8](hexadecimal: words[index + 1]),
                digest.count == algorithm.byteCount
            else { return nil }
            digests[algorithm] = digest
        }
        return Entry(name: name, byteCount: byteCount, digests: Digests(digests))
    }

    private static func algorithm(_ word: ArraySlice<UInt8>) -> Digests.Algorithm? {
        switch String(decoding: word, as: UTF8.self) {
        case "BLAKE2B": .blake2b
        case "SHA512": .sha512
        case "SHA256": .sha256
        default: nil
        }
    }

    /// `\xHH`, `\uHHHH` and `\UHHHHHHHH` encode code points that a line cannot contain.
    private static func unescaped(_ word: ArraySlice<UInt8>) -> [UInt8]? {
        guard word.contains(UInt8(ascii: "\\")) else { return Array(word) }
        var bytes: [UInt8] = []
        var rest = word
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                bytes.append(byte)
                continue
            }
            let digitCount: Int
            switch rest.popFirst() {
            case UInt8(ascii: "x"): digitCount = 2
            case UInt8(ascii: "u"): digitCount = 4
            case UInt8(ascii: "U"): digitCount = 8
            default: return nil
            }
            guard rest.count >= digitCount,
                let value = [UInt8](hexadecimal: rest.prefix(digitCount)),
                let scalar = Unicode.Scalar(value.reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
            else { return nil }
            bytes += Array(String(Character(scalar)).utf8)
            rest = rest.dropFirst(digitCount)
        }
        return bytes
    }
}
