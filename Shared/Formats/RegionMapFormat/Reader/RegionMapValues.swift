/// The protocol of an access point.
package enum RegionMapScheme: UInt8, Sendable {
    case http = 1
    case https = 2
    case ftp = 3
    case rsync = 4
}

/// A place in millionths of a degree, each at most 11 cm.
package struct RegionMapLocation: Equatable, Sendable {
    package let latitudeMicrodegrees: Int32
    package let longitudeMicrodegrees: Int32

    package init(latitudeMicrodegrees: Int32, longitudeMicrodegrees: Int32) {
        self.latitudeMicrodegrees = latitudeMicrodegrees
        self.longitudeMicrodegrees = longitudeMicrodegrees
    }
}

/// How fast an access point sends files, as measured from the region.
package struct RegionMapThroughput: Equatable, Sendable {
    /// More than 0.
    package let kibibytesPerSecond: UInt32
    /// What a transfer loses by it, as milliseconds of time to first byte; 0 if it is as fast as
    /// clients' own lines.
    package let lostMilliseconds: UInt16

    package init(kibibytesPerSecond: UInt32, lostMilliseconds: UInt16) {
        self.kibibytesPerSecond = kibibytesPerSecond
        self.lostMilliseconds = lostMilliseconds
    }

    /// Nil if nothing was measured, or if the record is of an earlier version.
    init?(record: RawSpan) {
        guard let rate = record.integer(at: 80, as: UInt32.self), rate > 0,
            let lost = record.integer(at: 84, as: UInt16.self)
        else { return nil }
        self.init(kibibytesPerSecond: rate, lostMilliseconds: lost)
    }
}

/// Clients by their addresses or their autonomous system.
package struct RegionMapNetwork: Equatable, Sendable {
    /// The length of the prefix in 128-bit addresses, IPv4 being mapped (::ffff:0:0/96); 255 for an
    /// autonomous system.
    package let bitCount: UInt8
    /// The upper half of the first address.
    package let high: UInt64
    /// The lower half of the first address, or the number of the system.
    package let low: UInt64

    package init(bitCount: UInt8, high: UInt64, low: UInt64) {
        self.bitCount = bitCount
        self.high = high
        self.low = low
    }

    package init(system: UInt32) {
        self.init(bitCount: Self.systemBitCount, high: 0, low: UInt64(system))
    }

    package static let systemBitCount: UInt8 = 255
}

/// A country by its two capital letters of ISO 3166-1, ASCII, the first one in the low byte.
package struct RegionMapCountry: RawRepresentable, Equatable, Sendable {
    package let rawValue: UInt16

    /// Nil for anything but two capital letters.
    package init?(rawValue: UInt16) {
        let letters = UInt16(UInt8(ascii: "A"))...UInt16(UInt8(ascii: "Z"))
        guard letters.contains(rawValue & 0xFF), letters.contains(rawValue >> 8) else { return nil }
        self.rawValue = rawValue
    }
}

/// Where a text is in the map's strings; ``RegionMap/bytes(of:)`` returns its bytes.
package struct RegionMapText: Equatable, Sendable {
    package let offset: UInt32
    package let byteCount: UInt16
}

/// The section of a map with the texts of its access points.
package struct RegionMapStrings: ~Escapable {
    private let bytes: RawSpan

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan) {
        self.bytes = bytes
    }

    /// The bytes of a text, UTF-8; nil if they are not within the section.
    @_lifetime(copy self)
    package func bytes(of text: RegionMapText) -> RawSpan? {
        bytes.part(at: Int(clamping: text.offset), byteCount: Int(text.byteCount))
    }
}

/// The bits of the flag byte in a record.
enum AccessPointFlags {
    static let hasIPv4: UInt8 = 1
    static let hasIPv6: UInt8 = 2
    static let isPartial: UInt8 = 4
    static let excludesClientCountries: UInt8 = 8
    static let servesNetworksOnly: UInt8 = 16
}

/// The values of fields in a record that mean "not known".
enum Unknown {
    static let uint16 = UInt16.max
    static let int32 = Int32.min
    static let int64 = Int64.min
}
