/// The form of the records of access points: no larger than any of them needs, so that older
/// readers know every map that does not use newer features.
enum RegionMapRecordForm {
    case plain
    case withSites
    case withNetworks
    case withThroughput

    /// The form that is sufficient for all of `accessPoints`.
    init(for accessPoints: [RegionMapAccessPoint]) {
        if accessPoints.contains(where: { $0.throughput != nil }) {
            self = .withThroughput
        } else if accessPoints.contains(where: { !$0.networks.isEmpty || $0.servesNetworksOnly }) {
            self = .withNetworks
        } else if accessPoints.contains(where: { !$0.otherLocations.isEmpty }) {
            self = .withSites
        } else {
            self = .plain
        }
    }

    var minorVersion: UInt16 {
        switch self {
        case .plain: RegionMapHeader.minorVersion
        case .withSites: RegionMapHeader.minorVersionWithSites
        case .withNetworks: RegionMapHeader.minorVersionWithNetworks
        case .withThroughput: RegionMapHeader.minorVersionWithThroughput
        }
    }

    var byteCount: Int {
        switch self {
        case .plain: RegionMapHeader.accessPointRecordByteCount
        case .withSites: RegionMapHeader.recordByteCountWithSites
        case .withNetworks: RegionMapHeader.recordByteCountWithNetworks
        case .withThroughput: RegionMapHeader.recordByteCountWithThroughput
        }
    }
}
