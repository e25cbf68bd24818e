/// The record of one access point in a region map: each field is read when it is asked for.
///
/// ``RegionMapAccessPoint`` says what the fields mean. ``RegionMap/otherSites(of:)`` and
/// ``RegionMap/networks(of:)`` return what is stored beside the records.
package struct RegionMapRecord: ~Escapable {
    private let bytes: RawSpan

    /// Nil if it is shorter than those of version 1.0.
    @_lifetime(copy bytes)
    init?(_ bytes: RawSpan) {
        guard bytes.byteCount >= RegionMapHeader.accessPointRecordByteCount else { return nil }
        self.bytes = bytes
    }

    package var id: RegionMapText { text(0, 20) }
    package var mirrorID: RegionMapText { text(4, 22) }
    package var mirrorName: RegionMapText { text(8, 24) }
    package var baseURL: RegionMapText { text(12, 26) }
    package var clientCountries: RegionMapText { text(16, 28) }
    /// Nil if a newer writer used a scheme that is not known here.
    package var scheme: RegionMapScheme? { RegionMapScheme(rawValue: field(30)) }
    package var hasIPv4: Bool { flags & AccessPointFlags.hasIPv4 != 0 }
    package var hasIPv6: Bool { flags & AccessPointFlags.hasIPv6 != 0 }
    package var isPartial: Bool { flags & AccessPointFlags.isPartial != 0 }
    package var excludesClientCountries: Bool {
        flags & AccessPointFlags.excludesClientCountries != 0
    }
    package var servesNetworksOnly: Bool { flags & AccessPointFlags.servesNetworksOnly != 0 }
    package var country: RegionMapCountry? { RegionMapCountry(rawValue: field(32)) }
    package var rank: UInt16 { field(34) }
    package var weight: UInt16 { field(36) }
    package var maxSharePerMille: UInt16 { field(38) }
    package var distanceKilometres: UInt16? { known(40) }
    package var latencyMilliseconds: UInt16? { known(42) }
    package var errorsPerMille: UInt16? { known(44) }
    package var lagMinutes: UInt16? { known(46) }
    /// Whether ``RegionMap/otherSites(of:)`` may return any.
    package var mayHaveOtherSites: Bool { bytes.integer(at: 68, as: UInt16.self) ?? 0 > 0 }
    /// Whether ``RegionMap/networks(of:)`` may return any.
    package var mayHaveNetworks: Bool { bytes.integer(at: 76, as: UInt16.self) ?? 0 > 0 }
    package var throughput: RegionMapThroughput? { RegionMapThroughput(record: bytes) }

    package var location: RegionMapLocation? {
        let latitude: Int32 = field(48)
        let longitude: Int32 = field(52)
        guard latitude != Unknown.int32, longitude != Unknown.int32 else { return nil }
        return RegionMapLocation(
            latitudeMicrodegrees: latitude,
            longitudeMicrodegrees: longitude
        )
    }

    package var checkedAt: Int64? {
        let time: Int64 = field(56)
        return time == Unknown.int64 ? nil : time
    }

    private var flags: UInt8 { field(31) }

    /// The integer at `offset`, which is within the shortest record.
    @inline(__always)
    private func field<Integer: FixedWidthInteger & BitwiseCopyable>(_ offset: Int) -> Integer {
        bytes.integer(at: offset) ?? 0
    }

    private func known(_ offset: Int) -> UInt16? {
        let value: UInt16 = field(offset)
        return value == Unknown.uint16 ? nil : value
    }

    private func text(_ offsetField: Int, _ byteCountField: Int) -> RegionMapText {
        RegionMapText(offset: field(offsetField), byteCount: field(byteCountField))
    }
}
