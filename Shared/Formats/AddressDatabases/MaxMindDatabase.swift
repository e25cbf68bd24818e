package import Bytes
package import Mirrors

/// A database of countries, cities or networks by address, in the MaxMind DB format, version 2.
///
/// https://maxmind.github.io/MaxMind-DB/: GeoLite2-Country, -City and -ASN, DB-IP's Lite databases
/// and similar ones, and flat ones such as IPinfo's, whose records have all fields at the top
/// level.
///
/// It is read in place with bounded cost: an address takes at most 128 steps through the tree and a
/// few through one record, and nothing is allocated. The bytes are untrusted, so every read is
/// checked, and damage after the metadata gives no answer, but never a trap.
///
/// Not libmaxminddb: it would pull its resolver calls into a static executable, and a file that an
/// operator downloads each month should not be parsed in C inside this process.
package final class MaxMindDatabase: Sendable {
    private let blob: StableBytes
    private let nodeCount: Int
    /// 24, 28 or 32 bits; a node has two records.
    private let recordBitCount: Int
    private let isIPv6: Bool
    /// The range of the data section.
    private let data: Range<Int>
    /// The node where the IPv4 addresses begin.
    private let firstIPv4Node: Int
    /// Whether any of the first records has a place.
    package let tellsPlaces: Bool

    /// What a database is used for.
    package enum Content: Sendable {
        case countries
        /// Places, and usually countries too.
        case places
        /// Autonomous systems.
        case systems
    }

    /// Opens the database in `blob`; refuses it if none of its first records has `content`.
    ///
    /// Reads the metadata and, in a suitable database, a few records.
    package init(
        _ blob: StableBytes,
        of content: Content = .countries
    ) throws(MaxMindError) {
        let bytes = blob.bytes
        let metadata = try MaxMindMetadata(bytes)
        let treeByteCount = metadata.nodeCount * metadata.recordBitCount / 4
        // Sixteen zero bytes separate the tree from the data.
        guard treeByteCount + 16 <= metadata.offset else {
            throw .truncated(
                expectedByteCount: treeByteCount + 16,
                actualByteCount: metadata.offset
            )
        }
        self.blob = blob
        nodeCount = metadata.nodeCount
        recordBitCount = metadata.recordBitCount
        isIPv6 = metadata.isIPv6
        let data = treeByteCount + 16..<metadata.offset
        self.data = data
        // ::/96 contains the IPv4 addresses; the path there is the same for all of them.
        var node = 0
        if isIPv6 {
            for _ in 0..<96 where node < metadata.nodeCount {
                node = Self.record(0, of: node, bitCount: metadata.recordBitCount, in: bytes)
            }
        }
        firstIPv4Node = node
        let records = bytes.extracting(data)
        func tells(_ isTold: (MaxMindDecoder, Int) -> Bool) -> Bool {
            Self.hasRecord(metadata, in: bytes) { isTold(MaxMindDecoder(records), $0) }
        }
        switch content {
        case .countries:
            // A city database would be recognised as one of countries by half of its record.
            tellsPlaces = tells { $0.place(at: $1) != nil }
            guard metadata.nodeCount == 0 || tells({ $0.country(at: $1) != nil }) else {
                throw .noCountries
            }
        case .places:
            tellsPlaces = true
            guard tells({ $0.place(at: $1) != nil }) else { throw .noPlaces }
        case .systems:
            tellsPlaces = false
            guard tells({ $0.system(at: $1) != nil }) else { throw .noSystems }
        }
    }

    /// How many nodes to search for a suitable record, and how many records to test: real databases
    /// have one among the first hundred.
    private static let sampledNodeCount = 16_384
    private static let sampledRecordCount = 1024

    /// Whether any of the first records fulfils `condition`, which gets its offset in the data.
    private static func hasRecord(
        _ metadata: MaxMindMetadata,
        in bytes: RawSpan,
        where condition: (Int) -> Bool
    ) -> Bool {
        var left = sampledRecordCount
        for node in 0..<min(metadata.nodeCount, sampledNodeCount) {
            for side in 0...1 {
                let bitCount = metadata.recordBitCount
                let number = record(side, of: node, bitCount: bitCount, in: bytes)
                guard let offset = offset(of: number, nodeCount: metadata.nodeCount) else {
                    continue
                }
                if condition(offset) { return true }
                left -= 1
                guard left > 0 else { return false }
            }
        }
        return false
    }

    /// The data offset that a record of the tree refers to; nil if it refers to another node, or to
    /// nothing.
    private static func offset(of record: Int, nodeCount: Int) -> Int? {
        guard record > nodeCount, record - nodeCount >= 16 else { return nil }
        return record - nodeCount - 16
    }

    /// The country of `address`, or nil if unknown.
    package func country(of address: IPAddress) -> CountryCode? {
        read(address) { $0.country(at: $1) }
    }

    /// The place of `address`, or nil if unknown.
    package func place(of address: IPAddress) -> GeoLocation? {
        guard tellsPlaces else { return nil }
        return read(address) { $0.place(at: $1) }
    }

    /// Both, with a single walk through the tree.
    package func whereabouts(
        of address: IPAddress
    ) -> (country: CountryCode?, place: GeoLocation?) {
        read(address) { ($0.country(at: $1), $0.place(at: $1)) } ?? (nil, nil)
    }

    /// The autonomous system number of `address`, or nil if unknown.
    package func system(of address: IPAddress) -> UInt32? {
        read(address) { $0.system(at: $1) }
    }

    /// The value that `body` makes of the record of `address`; nil if there is no record, or the
    /// file was truncated.
    @inline(__always)
    private func read<Value>(
        _ address: IPAddress,
        _ body: (MaxMindDecoder, Int) -> Value?
    ) -> Value? {
        let blob = blob
        let bytes = blob.bytes
        guard let record = record(of: address, bytes),
            let offset = Self.offset(of: record, nodeCount: nodeCount)
        else { return nil }
        let value = body(MaxMindDecoder(bytes.extracting(data)), offset)
        return blob.isTorn ? nil : value
    }

    /// The record for an address; nil if the database has no addresses of its family.
    private func record(of address: IPAddress, _ bytes: RawSpan) -> Int? {
        guard isIPv6 || address.isIPv4 else { return nil }
        var node = address.isIPv4 ? firstIPv4Node : 0
        var bit = address.isIPv4 ? 96 : 0
        while node < nodeCount, bit < 128 {
            let word = bit < 64 ? address.high : address.low
            let side = Int(word &>> UInt64(63 - bit & 63) & 1)
            node = Self.record(side, of: node, bitCount: recordBitCount, in: bytes)
            bit += 1
        }
        return node
    }

    /// One of the two records of `node`; a number above any node if it is beyond the end of the
    /// bytes.
    private static func record(
        _ side: Int,
        of node: Int,
        bitCount: Int,
        in bytes: RawSpan
    ) -> Int {
        let start = node * bitCount / 4
        guard start + bitCount / 4 <= bytes.byteCount else { return .max }
        func byte(_ index: Int) -> Int { Int(bytes.byte(at: start + index)) }
        switch bitCount {
        case 24:
            let at = side * 3
            return byte(at) << 16 | byte(at + 1) << 8 | byte(at + 2)
        case 28:
            // The two upper halves share the middle byte.
            return side == 0
                ? (byte(3) & 0xF0) << 20 | byte(0) << 16 | byte(1) << 8 | byte(2)
                : (byte(3) & 0x0F) << 24 | byte(4) << 16 | byte(5) << 8 | byte(6)
        default:
            let at = side * 4
            return byte(at) << 24 | byte(at + 1) << 16 | byte(at + 2) << 8 | byte(at + 3)
        }
    }
}

/// Why bytes are not a suitable database.
package enum MaxMindError: Error, Equatable, CustomStringConvertible {
    /// The marker before the metadata is not in the last 128 KiB.
    case noMetadata
    case unsupportedVersion(Int, supported: Int)
    /// A field of the metadata is missing or out of range.
    case badMetadata(field: String)
    case truncated(expectedByteCount: Int, actualByteCount: Int)
    /// None of its records has a country.
    case noCountries
    /// None of its records has a location.
    case noPlaces
    /// None of its records has an autonomous system.
    case noSystems

    package var description: String {
        switch self {
        case .noMetadata: "no MaxMind DB: its metadata are not there"
        case .unsupportedVersion(let version, let supported):
            "a MaxMind DB of format \(version), read here is \(supported)"
        case .badMetadata(let field): "a MaxMind DB with an invalid \(field)"
        case .truncated(let expected, let actual):
            "a MaxMind DB whose tree of \(expected) bytes does not fit the \(actual) there are: "
                + "download it again"
        case .noCountries:
            "a MaxMind DB without countries (expected country.iso_code, country_code or a country "
                + "of two letters in its records): is it one of networks or something else?"
        case .noPlaces:
            "a MaxMind DB without places (expected location.latitude and location.longitude in its "
                + "records): is it one of countries or something else?"
        case .noSystems:
            "a MaxMind DB without networks (expected autonomous_system_number or asn in its "
                + "records): is it one of countries, cities or something else?"
        }
    }
}
