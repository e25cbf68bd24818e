import Bytes
import Compression

/// The contents of a pacman database, as `repo-add` writes it, about the packages beside it.
///
/// A database is a tar archive, compressed with gzip or not at all. It has a folder for each
/// package with a file `desc`: names such as `%CSIZE%` on lines of their own, followed by their
/// values.
struct PacmanDatabase {
    struct Package: Equatable {
        let name: [UInt8]
        let byteCount: UInt64
        let sha256: [UInt8]
    }

    private(set) var packages: [Package] = []

    /// A database of 15,000 packages has 50 MiB.
    private static let inflatedByteCountLimit = 256 << 20

    /// Nil if the bytes are not such an archive, are damaged, or are compressed otherwise.
    ///
    /// Inflates 64 KiB at a time. Takes a few milliseconds per megabyte.
    init?(_ bytes: [UInt8]) {
        var archive = TarReader()
        var packages: [Package] = []
        let take: (ArraySlice<UInt8>) -> Bool = { piece in
            archive.take(piece) { desc in
                if let package = Package(desc) { packages.append(package) }
            }
        }
        if bytes.starts(with: [0x1F, 0x8B]) {
            let inflation = Inflation()
            var rest = bytes[...]
            var byteCount = 0
            while !inflation.isOver {
                guard let piece = try? inflation.next(from: &rest) else { break }
                byteCount += piece.count
                guard byteCount <= Self.inflatedByteCountLimit, take(piece) else { return nil }
            }
            guard inflation.isOver else {
                return nil
            }
        } else {
            guard take(bytes[...]) else { return nil }
        }
        guard archive.isOver else { return nil }
        self.packages = packages
    }
}

extension PacmanDatabase.Package {
    /// Nil if a value is missing or malformed.
    fileprivate init?(_ desc: [UInt8]) {
        var values: [ArraySlice<UInt8>: ArraySlice<UInt8>] = [:]
        let lines = desc.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (key, value) in zip(lines, lines.dropFirst()) where key.first == UInt8(ascii: "%") {
            if values[key] == nil { values[key] = value }
        }
        func value(_ key: String) -> ArraySlice<UInt8>? { values[Array(key.utf8)[...]] }
        guard let name = value("%FILENAME%"), !name.isEmpty, !name.contains(UInt8(ascii: "/")),
            let byteCount = value("%CSIZE%")?.decimal,
            let digest = value("%SHA256SUM%").flatMap({ [UInt8](hexadecimal: $0) }),
            digest.count == 32
        else { return nil }
        self.init(name: Array(name), byteCount: byteCount, sha256: digest)
    }
}

/// Finds the files named `desc` in a tar archive that arrives in pieces.
private struct TarReader {
    private enum Part {
        case header
        /// A `desc` of this many bytes.
        case desc(Int)
    }

    private var part = Part.header
    /// The bytes of the part received so far.
    private var bytes: [UInt8] = []
    /// The number of bytes to skip before the part.
    private var skippedByteCount = 0
    /// Whether the end was reached.
    private(set) var isOver = false

    private static let blockByteCount = 512
    /// A `desc` has a few kilobytes; larger ones are skipped.
    private static let descByteCountLimit = 1 << 20

    /// Takes the next bytes and passes on each `desc`; false if they are not a tar archive.
    mutating func take(_ piece: ArraySlice<UInt8>, _ found: ([UInt8]) -> Void) -> Bool {
        var rest = piece
        while !rest.isEmpty, !isOver {
            if skippedByteCount > 0 {
                let count = min(skippedByteCount, rest.count)
                rest = rest.dropFirst(count)
                skippedByteCount -= count
                continue
            }
            let wantedCount =
                switch part {
                case .header: Self.blockByteCount
                case .desc(let byteCount): byteCount
                }
            let count = min(wantedCount - bytes.count, rest.count)
            bytes += rest.prefix(count)
            rest = rest.dropFirst(count)
            guard bytes.count == wantedCount else { continue }
            switch part {
            case .header:
                guard readHeader() else { return false }
            case .desc:
                found(bytes)
                skippedByteCount = Self.padding(after: bytes.count)
                part = .header
            }
            bytes.removeAll(keepingCapacity: true)
        }
        return true
    }

    /// Reads the header in `bytes`; false if it is not one.
    private mutating func readHeader() -> Bool {
        guard bytes.contains(where: { $0 != 0 }) else {
            isOver = true
            return true
        }
        let size = bytes[124..<136].filter { $0 != 0 && $0 != UInt8(ascii: " ") }
        var byteCount = 0
        guard bytes[257..<262].elementsEqual("ustar".utf8) else { return false }
        for digit in size {
            // At most twelve digits: 64 GiB.
            guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(digit) else { return false }
            byteCount = byteCount * 8 + Int(digit - UInt8(ascii: "0"))
        }
        let name = bytes[..<100].prefix { $0 != 0 }
        let isFile = bytes[156] == UInt8(ascii: "0") || bytes[156] == 0
        let isDesc = name.suffix(5).elementsEqual("/desc".utf8)
        if isFile, isDesc, (1...Self.descByteCountLimit).contains(byteCount) {
            part = .desc(byteCount)
        } else {
            skippedByteCount = byteCount + Self.padding(after: byteCount)
        }
        return true
    }

    private static func padding(after byteCount: Int) -> Int {
        (blockByteCount - byteCount % blockByteCount) % blockByteCount
    }
}
