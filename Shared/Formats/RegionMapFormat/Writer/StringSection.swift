/// The texts of a map, each stored once.
struct StringSection {
    private(set) var bytes: [UInt8] = []
    private var known: [String: RegionMapText] = [:]

    /// Where `text` is; it is appended if it is not there yet.
    mutating func add(_ text: String) throws(RegionMapError) -> RegionMapText {
        // Strings that are equal by Unicode may have different bytes.
        let earlier = known[text]
        if let earlier, matches(text, earlier) { return earlier }
        let count = text.utf8.count
        guard let byteCount = UInt16(exactly: count) else {
            throw .textTooLong(byteCount: count, limit: Int(UInt16.max))
        }
        let added = RegionMapText(offset: try end(), byteCount: byteCount)
        bytes += text.utf8
        if earlier == nil { known[text] = added }
        return added
    }

    /// Where the next bytes will be.
    private func end() throws(RegionMapError) -> UInt32 {
        guard let offset = UInt32(exactly: bytes.count) else {
            throw .mapTooLarge(byteCount: bytes.count, limit: Int(UInt32.max))
        }
        return offset
    }

    /// Where `sites` are, which are appended.
    private mutating func add(
        _ sites: [RegionMapLocation]
    ) throws(RegionMapError) -> (offset: UInt32, count: UInt16) {
        let sites = sites.prefix(Int(RegionMapHeader.siteLimit))
        let offset = try end()
        for site in sites {
            bytes.appendInteger(site.latitudeMicrodegrees)
            bytes.appendInteger(site.longitudeMicrodegrees)
        }
        return (offset, UInt16(sites.count))
    }

    /// Where `networks` are, which are appended.
    private mutating func add(
        _ networks: [RegionMapNetwork]
    ) throws(RegionMapError) -> (offset: UInt32, count: UInt16) {
        let networks = networks.prefix(Int(RegionMapHeader.networkLimit))
        let offset = try end()
        for network in networks {
            bytes.append(network.bitCount)
            bytes.appendInteger(network.high)
            bytes.appendInteger(network.low)
        }
        return (offset, UInt16(networks.count))
    }

    private func matches(_ text: String, _ added: RegionMapText) -> Bool {
        bytes[Int(added.offset)..<(Int(added.offset) + Int(added.byteCount))]
            .elementsEqual(text.utf8)
    }

    /// The records of access points, whose texts are placed here.
    mutating func records(
        of accessPoints: [RegionMapAccessPoint]
    ) throws(RegionMapError) -> [UInt8] {
        var records: [UInt8] = []
        let form = RegionMapRecordForm(for: accessPoints)
        var textByteCount = 0
        for point in accessPoints {
            var texts: [RegionMapText] = []
            let fields = [
                point.id, point.mirrorID, point.mirrorName, point.baseURL, point.clientCountries,
            ]
            for field in fields {
                texts.append(try add(field))
                textByteCount += field.utf8.count
            }
            for text in texts { records.appendInteger(text.offset) }
            for text in texts { records.appendInteger(text.byteCount) }
            records.append(point.scheme?.rawValue ?? 0)
            records.append(point.flags)
            records.appendInteger(point.country?.rawValue ?? 0)
            records.appendInteger(point.rank)
            records.appendInteger(point.weight)
            records.appendInteger(point.maxSharePerMille)
            records.appendInteger(point.distanceKilometres ?? Unknown.uint16)
            records.appendInteger(point.latencyMilliseconds ?? Unknown.uint16)
            records.appendInteger(point.errorsPerMille ?? Unknown.uint16)
            records.appendInteger(point.lagMinutes ?? Unknown.uint16)
            records.appendInteger(point.location?.latitudeMicrodegrees ?? Unknown.int32)
            records.appendInteger(point.location?.longitudeMicrodegrees ?? Unknown.int32)
            records.appendInteger(point.checkedAt ?? Unknown.int64)
            guard form != .plain else { continue }
            let sites = try add(point.otherLocations)
            textByteCount += RegionMapHeader.siteByteCount * Int(sites.count)
            records.appendInteger(sites.offset)
            records.appendInteger(sites.count)
            records.appendInteger(UInt16(0))
            guard form != .withSites else { continue }
            let networks = try add(point.networks)
            textByteCount += RegionMapHeader.networkByteCount * Int(networks.count)
            records.appendInteger(networks.offset)
            records.appendInteger(networks.count)
            records.appendInteger(UInt16(0))
            guard form == .withThroughput else { continue }
            records.appendInteger(point.throughput?.kibibytesPerSecond ?? 0)
            records.appendInteger(point.throughput?.lostMilliseconds ?? 0)
            records.appendInteger(UInt16(0))
        }
        guard textByteCount <= RegionMapHeader.textLimit else {
            throw .textsTooLong(byteCount: textByteCount, limit: RegionMapHeader.textLimit)
        }
        return records
    }
}

extension RegionMapAccessPoint {
    fileprivate var flags: UInt8 {
        (hasIPv4 ? AccessPointFlags.hasIPv4 : 0)
            | (hasIPv6 ? AccessPointFlags.hasIPv6 : 0)
            | (isPartial ? AccessPointFlags.isPartial : 0)
            | (excludesClientCountries ? AccessPointFlags.excludesClientCountries : 0)
            | (servesNetworksOnly ? AccessPointFlags.servesNetworksOnly : 0)
    }
}
