// Conveniences for programs that show or keep the contents of a map. They are not among the
// reader's files because strings would multiply the size of an Embedded build.

extension RegionMap {
    /// A text of this map; empty if it is not within the map's strings.
    package func string(_ text: RegionMapText) -> String {
        guard let bytes = bytes(of: text) else { return "" }
        return unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// The access point with an index below the header's `accessPointCount`, its texts copied.
    package func accessPointWithStrings(at index: Int) -> RegionMapAccessPoint? {
        guard let point = accessPoint(at: index) else { return nil }
        return RegionMapAccessPoint(
            id: string(point.id),
            mirrorID: string(point.mirrorID),
            mirrorName: string(point.mirrorName),
            baseURL: string(point.baseURL),
            clientCountries: string(point.clientCountries),
            excludesClientCountries: point.excludesClientCountries,
            scheme: point.scheme,
            hasIPv4: point.hasIPv4,
            hasIPv6: point.hasIPv6,
            isPartial: point.isPartial,
            country: point.country,
            rank: point.rank,
            weight: point.weight,
            maxSharePerMille: point.maxSharePerMille,
            distanceKilometres: point.distanceKilometres,
            latencyMilliseconds: point.latencyMilliseconds,
            errorsPerMille: point.errorsPerMille,
            lagMinutes: point.lagMinutes,
            throughput: point.throughput,
            location: point.location,
            otherLocations: otherSites(of: index),
            networks: networks(of: index),
            servesNetworksOnly: point.servesNetworksOnly,
            checkedAt: point.checkedAt
        )
    }
}
