/// The digests of one file's content, by algorithm; empty if none is known.
///
/// Kept as a single record: a byte with a bit for each algorithm, then the digests in the order of
/// ``Algorithm``. Catalogs store it this way, and equal digests are equal bytes.
package struct Digests: Hashable, Sendable {
    /// The algorithms of Manifests (GLEP 74) and Metalinks.
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

    /// Empty, or the byte of bits followed by the digests.
    let record: [UInt8]

    package init() {
        record = []
    }

    /// Digests of the right length; others are dropped.
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

    /// A record from ``record``, or one that was validated with ``byteCount(ofMask:)``.
    init(record: ArraySlice<UInt8>) {
        self.record = Array(record)
    }

    package var isEmpty: Bool { record.isEmpty }

    /// The algorithms of the known digests, in order.
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

    /// Whether the two must be of different content, because they differ in a common algorithm.
    package func contradict(_ other: Digests) -> Bool {
        guard record != other.record else { return false }
        return algorithms.contains { algorithm in
            other[algorithm].map { $0 != self[algorithm] } ?? false
        }
    }

    /// Whether the two are of the same content as far as known: they have a common algorithm, and
    /// agree.
    package func confirm(_ other: Digests) -> Bool {
        !contradict(other) && algorithms.contains { other[$0] != nil }
    }

    /// These digests, with missing ones added from `other`.
    package func merging(_ other: Digests) -> Digests {
        if other.isEmpty || record == other.record { return self }
        if isEmpty { return other }
        var all: [Algorithm: [UInt8]] = [:]
        for algorithm in Algorithm.allCases {
            all[algorithm] = (self[algorithm] ?? other[algorithm]).map(Array.init)
        }
        return Digests(all)
    }

    /// The byte count of the digests in `mask`, or nil if it is empty or has an unknown bit.
    static func byteCount(ofMask mask: UInt8) -> Int? {
        guard (1...7).contains(mask) else { return nil }
        return Algorithm.allCases.reduce(0) { sum, algorithm in
            sum + (mask & algorithm.rawValue != 0 ? algorithm.byteCount : 0)
        }
    }
}
