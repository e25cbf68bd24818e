import Bytes
import Mirrors

/// Finds values in the data of a MaxMind DB without copying or building any.
///
/// Every result is an offset into the data. Damaged data cannot cause recursion or endless loops: a
/// pointer must not lead to a pointer, and a search visits a limited number of values.
struct MaxMindDecoder: ~Escapable {
    fileprivate let data: RawSpan

    /// The maximum number of values that a search visits; a city record in eight languages has
    /// about 150.
    private static let visitLimit = 1024

    @_lifetime(copy data)
    init(_ data: RawSpan) {
        self.data = data
    }

    /// The types used here, by their numbers in the format.
    private enum Kind {
        static let pointer = 1
        static let string = 2
        static let double = 3
        static let unsigned16 = 5
        static let unsigned32 = 6
        static let map = 7
        static let signed = 8
        static let array = 11
        static let boolean = 14
        static let float = 15
    }

    /// A value's type, size and offset; for a map or an array, the size is the number of members.
    private struct Field {
        let kind: Int
        let size: Int
        let payload: Int
    }

    /// The field at `offset`, with a pointer followed; nil if it is damaged.
    private func field(at offset: Int) -> Field? {
        guard let field = plainField(at: offset) else { return nil }
        guard field.kind == Kind.pointer else { return field }
        guard let target = plainField(at: field.size), target.kind != Kind.pointer else {
            return nil
        }
        return target
    }

    /// The field at `offset`; for a pointer, which is not followed, the size is its destination.
    private func plainField(at offset: Int) -> Field? {
        guard offset >= 0, offset < data.byteCount else { return nil }
        let control = Int(data.byte(at: offset))
        var next = offset + 1
        var kind = control >> 5
        if kind == Kind.pointer {
            let byteCount = (control >> 3 & 3) + 1
            var value = byteCount == 4 ? 0 : control & 7
            guard next + byteCount <= data.byteCount else { return nil }
            for index in 0..<byteCount { value = value << 8 | Int(data.byte(at: next + index)) }
            let bases = [0, 0, 2048, 526_336, 0] as InlineArray<5, Int>
            return Field(kind: kind, size: value + bases[byteCount], payload: next + byteCount)
        }
        if kind == 0 {
            guard next < data.byteCount else { return nil }
            kind = Int(data.byte(at: next)) + 7
            next += 1
        }
        var size = control & 31
        if size >= 29 {
            let byteCount = size - 28
            let bases = [0, 29, 285, 65_821] as InlineArray<4, Int>
            guard next + byteCount <= data.byteCount else { return nil }
            var value = 0
            for index in 0..<byteCount { value = value << 8 | Int(data.byte(at: next + index)) }
            size = value + bases[byteCount]
            next += byteCount
        }
        return Field(kind: kind, size: size, payload: next)
    }

    /// The offset of the value of `key` in the map at `offset`; nil if that is not a map or lacks
    /// the key.
    func value(of key: StaticString, in offset: Int) -> Int? {
        guard let map = field(at: offset), map.kind == Kind.map else { return nil }
        var next = map.payload
        var visits = Self.visitLimit
        for _ in 0..<map.size {
            guard let end = end(of: next, visits: &visits) else { return nil }
            if let name = string(at: next), equals(name, key) { return end }
            guard let after = self.end(of: end, visits: &visits) else { return nil }
            next = after
        }
        return nil
    }

    /// The range of the string at `offset`; nil if it is not a string.
    func string(at offset: Int) -> Range<Int>? {
        guard let field = field(at: offset), field.kind == Kind.string,
            field.size <= data.byteCount - field.payload
        else { return nil }
        return field.payload..<field.payload + field.size
    }

    /// The unsigned integer of up to 32 bits at `offset`; nil if it is not one.
    func unsigned(at offset: Int) -> Int? {
        guard let field = field(at: offset), field.size <= 4,
            field.kind == Kind.unsigned16 || field.kind == Kind.unsigned32,
            field.size <= data.byteCount - field.payload
        else { return nil }
        var value = 0
        for index in 0..<field.size {
            value = value << 8 | Int(data.byte(at: field.payload + index))
        }
        return value
    }

    /// The number at `offset`, of any type; nil if it is not a number.
    ///
    /// Some writers use integers for whole degrees.
    func number(at offset: Int) -> Double? {
        if let number = unsigned(at: offset) { return Double(number) }
        guard let field = field(at: offset), field.size <= 8,
            field.size <= data.byteCount - field.payload
        else { return nil }
        var bits: UInt64 = 0
        for index in 0..<field.size {
            bits = bits << 8 | UInt64(data.byte(at: field.payload + index))
        }
        switch (field.kind, field.size) {
        case (Kind.double, 8): return Double(bitPattern: bits)
        case (Kind.float, 4): return Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
        // A shorter one is positive: leading zero bytes are omitted.
        case (Kind.signed, 0...4): return Double(Int32(truncatingIfNeeded: bits))
        default: return nil
        }
    }

    private func equals(_ range: Range<Int>, _ text: StaticString) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        for (index, offset) in range.enumerated() {
            guard unsafe data.byte(at: offset) == text.utf8Start[index] else { return false }
        }
        return true
    }

    /// The offset after the value at `offset`; nil if the data are damaged, or after too many
    /// visits.
    private func end(of offset: Int, visits: inout Int) -> Int? {
        var next = offset
        // How many values remain to be skipped; members of maps and arrays add to it.
        var pending = 1
        while pending > 0 {
            guard visits > 0, let field = plainField(at: next) else { return nil }
            visits -= 1
            pending -= 1
            next = field.payload
            switch field.kind {
            case Kind.pointer, Kind.boolean: break
            case Kind.map: pending += 2 * field.size
            case Kind.array: pending += field.size
            default:
                guard field.size <= data.byteCount - field.payload else { return nil }
                next += field.size
            }
        }
        return next
    }
}

// MARK: - Records

extension MaxMindDecoder {
    /// The country in the record at `offset`; nil if it has none.
    func country(at offset: Int) -> CountryCode? {
        let country = value(of: "country", in: offset)
        if let country, let code = value(of: "iso_code", in: country) { return letters(at: code) }
        if let code = value(of: "country_code", in: offset) { return letters(at: code) }
        return country.flatMap { letters(at: $0) }
    }

    /// The country code in the string at `offset`; nil if it is not one.
    private func letters(at offset: Int) -> CountryCode? {
        guard let text = string(at: offset), text.count == 2 else { return nil }
        let country = CountryCode(
            data.byte(at: text.lowerBound),
            data.byte(at: text.lowerBound + 1)
        )
        return country?.letters == "XX" ? nil : country
    }

    /// The place in the record at `offset`; nil if it has none.
    func place(at offset: Int) -> GeoLocation? {
        guard let location = value(of: "location", in: offset),
            let latitude = value(of: "latitude", in: location),
            let longitude = value(of: "longitude", in: location),
            let north = number(at: latitude), let east = number(at: longitude)
        else { return nil }
        return GeoLocation(latitude: north, longitude: east)
    }

    /// The autonomous system number in the record at `offset`, as a number or a text such as
    /// `AS64500`; nil if it has none.
    func system(at offset: Int) -> UInt32? {
        guard
            let value = value(of: "autonomous_system_number", in: offset)
                ?? value(of: "asn", in: offset)
        else { return nil }
        if let number = unsigned(at: value) { return number > 0 ? UInt32(number) : nil }
        guard let text = string(at: value), text.count <= SystemNumber.longest else { return nil }
        var bytes = InlineArray<12, UInt8>(repeating: 0)
        for (index, offset) in text.enumerated() { bytes[index] = data.byte(at: offset) }
        return SystemNumber.parse(bytes.span.extracting(0..<text.count))
    }
}

/// The metadata at the end of a MaxMind DB.
struct MaxMindMetadata {
    let nodeCount: Int
    let recordBitCount: Int
    let isIPv6: Bool
    /// The offset of the marker before the metadata.
    let offset: Int

    private static let marker: StaticString = "MaxMind.com"
    /// Three bytes precede the marker's text.
    private static let prefix: InlineArray<3, UInt8> = [0xAB, 0xCD, 0xEF]
    private static let searchByteCount = 128 * 1024

    init(_ bytes: RawSpan) throws(MaxMindError) {
        let markerByteCount = 3 + Self.marker.utf8CodeUnitCount
        var offset = bytes.byteCount - markerByteCount
        let last = max(0, bytes.byteCount - Self.searchByteCount)
        while offset >= last, !Self.isMarker(at: offset, in: bytes) { offset -= 1 }
        guard offset >= last else { throw .noMetadata }
        self.offset = offset

        let decoder = MaxMindDecoder(bytes.extracting((offset + markerByteCount)...))
        func number(_ field: StaticString) throws(MaxMindError) -> Int {
            guard let number = decoder.value(of: field, in: 0).flatMap({ decoder.unsigned(at: $0) })
            else { throw .badMetadata(field: "\(field)") }
            return number
        }
        let version = try number("binary_format_major_version")
        guard version == 2 else { throw .unsupportedVersion(version, supported: 2) }
        nodeCount = try number("node_count")
        recordBitCount = try number("record_size")
        guard [24, 28, 32].contains(recordBitCount) else {
            throw .badMetadata(field: "record_size")
        }
        let ipVersion = try number("ip_version")
        guard ipVersion == 4 || ipVersion == 6 else { throw .badMetadata(field: "ip_version") }
        isIPv6 = ipVersion == 6
    }

    private static func isMarker(at offset: Int, in bytes: RawSpan) -> Bool {
        for index in 0..<3 where bytes.byte(at: offset + index) != prefix[index] { return false }
        for index in 0..<marker.utf8CodeUnitCount {
            guard unsafe bytes.byte(at: offset + 3 + index) == marker.utf8Start[index] else {
                return false
            }
        }
        return true
    }
}
