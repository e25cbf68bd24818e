/// The digests of one file's content, by algorithm; empty where none is known.
///
/// Kept as one run of bytes: a byte with the bit of each algorithm, then the digests in the order
/// of ``Algorithm``. That is how catalogs store it, and equal digests are equal bytes.
package struct Digests: Hashable, Sendable {
    /// The algorithms of Manifest files (GLEP 74) and metalinks.
    package enum Algorithm: UInt8, Hashable, Sendable, CaseIterable {
        case sha256 = 1
        case sha512 = 2
        /// BLAKE2b with 64 bytes, which Manifests call `BLAKE2B`.
        case blake2b = 4

        package var byteCount: Int { self == .sha256 ? 32 : 64 }

        /// The name in requests and results of the functions.
        package var name: String {
            switch self {
            case .sha256: "sha256"
            case .sha512: "sha512"
            case .blake2b: "blake2b"
            }
        }
    }

    /// Empty, or the byte of bits and what it names.
    let record: [UInt8]

    package init() {
        record = []
    }

    /// Digests that are of the right length; others are left out.
    package init(_ digests: [Algorithm: [UInt8]]) {
        var record: [UInt8] = [0]
        for algorithm in Algorithm.allCases {
            guard let digest = digests[algorithm], digest.count == algorithm.byteCount else {
                continue
            }
            record[0] |= algorithm.rawValue
            record += digest
        }
        self.record = record[0] == 0 ? [] : record
    }

    /// A record that ``record`` gave, or that was checked with ``byteCount(ofMask:)``.
    init(record: ArraySlice<UInt8>) {
        self.record = Array(record)
    }

    package var isEmpty: Bool { record.isEmpty }

    /// The algorithms of which there is a digest, in their order.
    package var algorithms: [Algorithm] {
        guard let mask = record.first else { return [] }
        return Algorithm.allCases.filter { mask & $0.rawValue != 0 }
    }

    package subscript(algorithm: Algorithm) -> ArraySlice<UInt8>? {
        guard let mask = record.first, mask & algorithm.rawValue != 0 else { return nil }
        var start = 1
        for other in Algorithm.allCases where other.rawValue < algorithm.rawValue {
            if mask & other.rawValue != 0 { start += other.byteCount }
        }
        return record[start..<start + algorithm.byteCount]
    }

    /// Whether the two cannot be of the same content: they differ in an algorithm that both have.
    package func contradict(_ other: Digests) -> Bool {
        guard record != other.record else { return false }
        return algorithms.contains { algorithm in
            other[algorithm].map { $0 != self[algorithm] } ?? false
        }
    }

    /// Whether the two are of the same content for all that is known: they share an algorithm, and
    /// agree.
    package func confirm(_ other: Digests) -> Bool {
        !contradict(other) && algorithms.contains { other[$0] != nil }
    }

    /// These digests and those of `other` that are lacking here.
    package func merging(_ other: Digests) -> Digests {
        if other.isEmpty || record == other.record { return self }
        if isEmpty { return other }
        var all: [Algorithm: [UInt8]] = [:]
        for algorithm in Algorithm.allCases {
            all[algorithm] = (self[algorithm] ?? other[algorithm]).map(Array.init)
        }
        return Digests(all)
    }

    /// The byte count of the digests that `mask` names, or nil where it names none or an unknown
    /// one.
    static func byteCount(ofMask mask: UInt8) -> Int? {
        guard (1...7).contains(mask) else { return nil }
        return Algorithm.allCases.reduce(0) { sum, algorithm in
            sum + (mask & algorithm.rawValue != 0 ? algorithm.byteCount : 0)
        }
    }
}
