/// A database of countries by address, in the MaxMind DB format, version 2.
///
/// https://maxmind.github.io/MaxMind-DB/: GeoLite2-Country, DB-IP's Country Lite and the like, and flat
/// ones such as IPinfo's, whose records have the code beside everything else. One of cities (GeoLite2-City,
/// DB-IP's City Lite) tells places too.
///
/// Read in place and bounded: an address costs at most 128 steps through the tree and a handful through
/// one record. The bytes come from elsewhere, so every read is checked, and what is damaged behind the
/// metadata gives no country, never a trap.
///
/// Not libmaxminddb: a static executable would take its resolver calls along, and a file that an
/// operator downloads each month is the last thing to parse in C inside of this process.
package final class MaxMindDatabase: Sendable {
    private let blob: StableBytes
    private let nodeCount: Int
    /// 24, 28 or 32 bits; a node has two records.
    private let recordBitCount: Int
    private let isIPv6: Bool
    /// Where the data section begins and ends.
    private let data: Range<Int>
    /// The node that the addresses of IPv4 begin at.
    private let firstIPv4Node: Int
    /// Whether any of the first records tells a place.
    package let tellsPlaces: Bool

    /// Opens the database in `blob`.
    package init(_ blob: StableBytes) throws(MaxMindError) {
        let bytes = blob.bytes
        let metadata = try MaxMindMetadata(bytes)
        let treeByteCount = metadata.nodeCount * metadata.recordBitCount / 4
        // Sixteen zero bytes stand between the tree and the data.
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
        // ::/96 leads to the addresses of IPv4; the way there is the same for all of them.
        var node = 0
        if isIPv6 {
            for _ in 0..<96 where node < metadata.nodeCount {
                node = Self.record(0, of: node, bitCount: metadata.recordBitCount, in: bytes)
            }
        }
        firstIPv4Node = node
        tellsPlaces = Self.hasRecord(metadata, in: bytes) { record in
            Self.place(inRecord: record, metadata.nodeCount, bytes.extracting(data)) != nil
        }
        guard hasCountries else { throw .noCountries }
    }

    /// How many nodes are looked through for a record with a country: real databases have one among the
    /// first hundred.
    private static let sampledNodeCount = 16_384

    /// Whether any of the first records fulfils `condition`.
    private static func hasRecord(
        _ metadata: MaxMindMetadata,
        in bytes: RawSpan,
        where condition: (Int) -> Bool
    ) -> Bool {
        for node in 0..<min(metadata.nodeCount, sampledNodeCount) {
            for side in 0...1 {
                let bitCount = metadata.recordBitCount
                if condition(record(side, of: node, bitCount: bitCount, in: bytes)) { return true }
            }
        }
        return false
    }

    /// Whether any of the first records tells a country; those of networks' owners never do.
    private var hasCountries: Bool {
        let blob = blob
        let bytes = blob.bytes
        for node in 0..<min(nodeCount, Self.sampledNodeCount) {
            for side in 0...1 {
                let record = Self.record(side, of: node, bitCount: recordBitCount, in: bytes)
                if country(inRecord: record, bytes) != nil { return true }
            }
        }
        return nodeCount == 0
    }

    /// The country of `address`, or nil when the database does not tell.
    package func country(of address: IPAddress) -> CountryLetters? {
        let blob = blob
        let letters = record(of: address, blob.bytes).flatMap { country(inRecord: $0, blob.bytes) }
        return blob.isTorn ? nil : letters
    }

    /// The place of `address`, or nil when the database does not tell.
    package func place(of address: IPAddress) -> GlobePoint? {
        guard tellsPlaces else { return nil }
        let blob = blob
        let place = record(of: address, blob.bytes).flatMap { record in
            Self.place(inRecord: record, nodeCount, blob.bytes.extracting(data))
        }
        return blob.isTorn ? nil : place
    }

    /// The record that an address leads to; nil where the database has no such addresses.
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

    /// The place in the record that an address led to; nil where there is none.
    private static func place(
        inRecord record: Int,
        _ nodeCount: Int,
        _ data: RawSpan
    ) -> GlobePoint? {
        guard record > nodeCount, record - nodeCount >= 16 else { return nil }
        let decoder = MaxMindDecoder(data)
        guard let location = decoder.value(of: "location", in: record - nodeCount - 16),
            let latitude = decoder.value(of: "latitude", in: location),
            let longitude = decoder.value(of: "longitude", in: location),
            let north = decoder.double(at: latitude), let east = decoder.double(at: longitude)
        else { return nil }
        return GlobePoint(latitude: north, longitude: east)
    }

    /// What the record that an address led to says; nil where it is none, or tells no country.
    private func country(inRecord record: Int, _ bytes: RawSpan) -> CountryLetters? {
        guard record > nodeCount, record - nodeCount >= 16 else { return nil }
        let decoder = MaxMindDecoder(bytes.extracting(data))
        let place = record - nodeCount - 16
        let country = decoder.value(of: "country", in: place)
        if let country, let code = decoder.value(of: "iso_code", in: country) {
            return letters(decoder.string(at: code), bytes)
        }
        if let code = decoder.value(of: "country_code", in: place) {
            return letters(decoder.string(at: code), bytes)
        }
        guard let country else { return nil }
        return letters(decoder.string(at: country), bytes)
    }

    /// The letters in a part of the data; nil where it is no code.
    private func letters(_ text: Range<Int>?, _ bytes: RawSpan) -> CountryLetters? {
        guard let text, text.count == 2 else { return nil }
        return CountryLetters(data.lowerBound + text.lowerBound, in: bytes)
    }

    /// One of the two records of `node`; a number beyond every node where the bytes end before it.
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
            // The two upper halves share the byte in the middle.
            return side == 0
                ? (byte(3) & 0xF0) << 20 | byte(0) << 16 | byte(1) << 8 | byte(2)
                : (byte(3) & 0x0F) << 24 | byte(4) << 16 | byte(5) << 8 | byte(6)
        default:
            let at = side * 4
            return byte(at) << 24 | byte(at + 1) << 16 | byte(at + 2) << 8 | byte(at + 3)
        }
    }
}

extension CountryLetters {
    /// The letters at `offset`, or nil where there is no code.
    fileprivate init?(_ offset: Int, in bytes: RawSpan) {
        let letters: [UInt8] = [bytes.byte(at: offset), bytes.byte(at: offset + 1)]
        self.init(letters.span)
    }
}

/// A reason why bytes are not a database of countries.
package enum MaxMindError: Error, Equatable, CustomStringConvertible {
    /// The marker before the metadata is not in the last 128 KiB.
    case noMetadata
    case unsupportedVersion(Int, supported: Int)
    /// A field of the metadata is missing, or holds what no database has there.
    case badMetadata(field: String)
    case truncated(expectedByteCount: Int, actualByteCount: Int)
    /// None of its records says of which country it is.
    case noCountries

    package var description: String {
        switch self {
        case .noMetadata: "no MaxMind DB: its metadata are not there"
        case .unsupportedVersion(let version, let supported):
            "a MaxMind DB of format \(version), read here is \(supported)"
        case .badMetadata(let field): "a MaxMind DB whose \(field) cannot be right"
        case .truncated(let expected, let actual):
            "a MaxMind DB whose tree of \(expected) bytes does not fit the \(actual) there are: "
                + "download it again"
        case .noCountries:
            "a MaxMind DB without countries (expected country.iso_code, country_code or a country of two "
                + "letters in its records): is it one of cities, owners or something else?"
        }
    }
}
