/// One access point as a region map knows it.
///
/// `Text` is `String` for the writer and ``RegionMapText`` for the reader, which copies nothing.
package struct RegionMapAccessPoint<Text: Equatable & Sendable>: Equatable, Sendable {
    package var id: Text
    package var mirrorID: Text
    package var mirrorName: Text
    package var baseURL: Text
    /// The only client countries that are sent here, or those that are not if
    /// ``excludesClientCountries`` is set: two letters each without separators; empty if there is
    /// no rule.
    package var clientCountries: Text
    package var excludesClientCountries: Bool
    /// Nil only for readers, if a newer writer used a scheme that they do not know.
    package var scheme: RegionMapScheme?
    package var hasIPv4: Bool
    package var hasIPv6: Bool
    package var isPartial: Bool
    package var country: RegionMapCountry?
    /// Access points of equal rank are equal in the choice among them; 0 is the best.
    package var rank: UInt16
    /// The share among equals, relative to the sum of their weights.
    package var weight: UInt16
    /// The maximum share of a region's redirects that may go here, per mille; 1000 is all.
    package var maxSharePerMille: UInt16
    /// The great-circle distance from the region's place; nil if one of the places is not known.
    package var distanceKilometres: UInt16?
    /// The measured time to first byte from the region; nil if there are too few measurements.
    package var latencyMilliseconds: UInt16?
    /// The share of recent checks that failed, per mille; nil if there are too few checks.
    package var errorsPerMille: UInt16?
    /// How long new files took to arrive here; nil if that is not known.
    package var lagMinutes: UInt16?
    /// The throughput, and what it costs; nil if there are too few measurements.
    package var throughput: RegionMapThroughput?
    package var location: RegionMapLocation?
    /// The other sites of a mirror that has several.
    ///
    /// For the writer; when reading, ``RegionMap/otherSites(of:)`` returns them.
    package var otherLocations: [RegionMapLocation] = []
    /// The networks whose clients are sent here in preference to all other access points.
    ///
    /// For the writer; when reading, ``RegionMap/networks(of:)`` returns them.
    package var networks: [RegionMapNetwork] = []
    /// Whether no other clients are sent here.
    package var servesNetworksOnly: Bool
    /// When the latest check that this map is based on ended, in seconds since 1970; nil if that is
    /// not known.
    package var checkedAt: Int64?

    package init(
        id: Text,
        mirrorID: Text,
        mirrorName: Text,
        baseURL: Text,
        clientCountries: Text,
        excludesClientCountries: Bool = false,
        scheme: RegionMapScheme?,
        hasIPv4: Bool = true,
        hasIPv6: Bool = false,
        isPartial: Bool = false,
        country: RegionMapCountry? = nil,
        rank: UInt16 = 0,
        weight: UInt16 = 100,
        maxSharePerMille: UInt16 = 1000,
        distanceKilometres: UInt16? = nil,
        latencyMilliseconds: UInt16? = nil,
        errorsPerMille: UInt16? = nil,
        lagMinutes: UInt16? = nil,
        throughput: RegionMapThroughput? = nil,
        location: RegionMapLocation? = nil,
        otherLocations: [RegionMapLocation] = [],
        networks: [RegionMapNetwork] = [],
        servesNetworksOnly: Bool = false,
        checkedAt: Int64? = nil
    ) {
        self.id = id
        self.mirrorID = mirrorID
        self.mirrorName = mirrorName
        self.baseURL = baseURL
        self.clientCountries = clientCountries
        self.excludesClientCountries = excludesClientCountries
        self.scheme = scheme
        self.hasIPv4 = hasIPv4
        self.hasIPv6 = hasIPv6
        self.isPartial = isPartial
        self.country = country
        self.rank = rank
        self.weight = weight
        self.maxSharePerMille = maxSharePerMille
        self.distanceKilometres = distanceKilometres
        self.latencyMilliseconds = latencyMilliseconds
        self.errorsPerMille = errorsPerMille
        self.lagMinutes = lagMinutes
        self.throughput = throughput
        self.location = location
        self.otherLocations = otherLocations
        self.networks = networks
        self.servesNetworksOnly = servesNetworksOnly
        self.checkedAt = checkedAt
    }
}

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

extension RegionMapAccessPoint where Text == RegionMapText {
    /// Reads a record; nil if it is shorter than those of version 1.0.
    init?(record: RawSpan) {
        guard let id = record.text(0, 20), let mirrorID = record.text(4, 22),
            let mirrorName = record.text(8, 24), let baseURL = record.text(12, 26),
            let clientCountries = record.text(16, 28),
            let scheme = record.integer(at: 30, as: UInt8.self),
            let flags = record.integer(at: 31, as: UInt8.self),
            let country = record.integer(at: 32, as: UInt16.self),
            let rank = record.integer(at: 34, as: UInt16.self),
            let weight = record.integer(at: 36, as: UInt16.self),
            let maxShare = record.integer(at: 38, as: UInt16.self),
            let latitude = record.integer(at: 48, as: Int32.self),
            let longitude = record.integer(at: 52, as: Int32.self),
            let checkedAt = record.integer(at: 56, as: Int64.self)
        else { return nil }
        self.init(
            id: id,
            mirrorID: mirrorID,
            mirrorName: mirrorName,
            baseURL: baseURL,
            clientCountries: clientCountries,
            excludesClientCountries: flags & AccessPointFlags.excludesClientCountries != 0,
            scheme: RegionMapScheme(rawValue: scheme),
            hasIPv4: flags & AccessPointFlags.hasIPv4 != 0,
            hasIPv6: flags & AccessPointFlags.hasIPv6 != 0,
            isPartial: flags & AccessPointFlags.isPartial != 0,
            country: RegionMapCountry(rawValue: country),
            rank: rank,
            weight: weight,
            maxSharePerMille: maxShare,
            distanceKilometres: record.known(40),
            latencyMilliseconds: record.known(42),
            errorsPerMille: record.known(44),
            lagMinutes: record.known(46),
            throughput: RegionMapThroughput(record: record),
            location: latitude == Unknown.int32 || longitude == Unknown.int32
                ? nil
                : RegionMapLocation(
                    latitudeMicrodegrees: latitude,
                    longitudeMicrodegrees: longitude
                ),
            servesNetworksOnly: flags & AccessPointFlags.servesNetworksOnly != 0,
            checkedAt: checkedAt == Unknown.int64 ? nil : checkedAt
        )
    }
}

extension RawSpan {
    fileprivate func text(_ offsetField: Int, _ byteCountField: Int) -> RegionMapText? {
        guard let offset = integer(at: offsetField, as: UInt32.self),
            let byteCount = integer(at: byteCountField, as: UInt16.self)
        else { return nil }
        return RegionMapText(offset: offset, byteCount: byteCount)
    }

    fileprivate func known(_ offset: Int) -> UInt16? {
        let value = integer(at: offset, as: UInt16.self)
        return value == Unknown.uint16 ? nil : value
    }
}
