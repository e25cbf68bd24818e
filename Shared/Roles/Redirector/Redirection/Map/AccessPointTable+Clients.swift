import HealthFormat
import Mirrors
import RegionMapFormat

// The access points from one client's view: how near they are, and what excludes them.
extension AccessPointTable {
    /// The cosine of the angle between `place` and the nearest site of the access point at `index`;
    /// NaN if its location is unknown.
    @inline(__always)
    func cosine(of index: Int, from place: GlobePoint) -> Double {
        let sites = sites[index]
        var cosine = place.cosine(to: sites.first)
        if sites.otherStart < sites.otherEnd {
            for index in Int(sites.otherStart)..<Int(sites.otherEnd) {
                cosine = max(cosine, place.cosine(to: otherSites[index]))
            }
        }
        return cosine
    }

    /// Whether the access point at `index` is beyond the client's reach, measured from its own
    /// place or from `place`.
    package func isTooFar(_ index: Int, from place: GlobePoint?, for client: Client) -> Bool {
        guard let place = place ?? client.place, sites.indices.contains(index) else { return false }
        return client.reach.excludes(cosine(of: index, from: place))
    }

    /// Up to `limit` different places of mirrors, each being a mirror's first site.
    func firstSites(limit: Int) -> [GlobePoint] {
        var places: [GlobePoint] = []
        for site in sites where places.count < limit && site.first.isSomewhere {
            if !places.contains(site.first) { places.append(site.first) }
        }
        return places
    }

    /// The flags that could exclude `client`; an entry with none of them is open to it.
    static func exclusionFlags(for client: Client) -> ExclusionFlags {
        var exclusionFlags: ExclusionFlags = [.flawed, .clientCountries, .networksOnly]
        exclusionFlags.formUnion(.ofHealth)
        if client.isHTTPS { exclusionFlags.insert(.unencrypted) }
        if client.address?.isIPv4 == true { exclusionFlags.insert(.withoutIPv4) }
        return exclusionFlags
    }

    /// The first access point of the mirror with `seed`; nil if the map has none.
    func firstAccessPoint(ofMirror seed: UInt64) -> Int? {
        entries.firstIndex { $0.seed == seed }
    }

    /// Why `entry` is excluded for `client`, or nil if it may be chosen.
    ///
    /// `pathHash` is the hash of the path used by doubt filters; nil if no file is requested.
    /// `avoided` are the seeds of mirrors that the client asked to leave out. A client that
    /// connects over IPv6 probably has IPv4 too, so only the opposite case excludes.
    package func exclusion(
        of entry: Entry,
        for client: Client,
        pathHash: UInt64? = nil,
        avoiding avoided: [UInt64] = []
    ) -> Exclusion.Reason? {
        if entry.exclusionFlags.contains(.closed) { return .closed }
        if entry.isDown { return .down }
        if entry.exclusionFlags.contains(.doubted) { return .doubted }
        if let pathHash, entry.exclusionFlags.contains(.partlyDoubted),
            filter(of: entry).contains(pathHash)
        {
            return .doubted
        }
        if let flaw = entry.flaw { return flaw }
        if client.isHTTPS, !entry.isHTTPS { return .downgrade }
        if !entry.clientCountries.isEmpty, !admits(client, to: entry) { return .clientCountry }
        if entry.exclusionFlags.contains(.networksOnly), !serves(client, entry) {
            return .clientNetwork
        }
        if !entry.hasIPv4, let address = client.address, address.isIPv4 { return .addressFamily }
        return avoided.contains(entry.seed) ? .avoided : nil
    }

    /// The paths that are doubted at `entry`.
    @_lifetime(borrow self)
    private func filter(of entry: Entry) -> PathFilterView {
        let range = Int(entry.filter.lowerBound)..<Int(entry.filter.upperBound)
        return unsafe PathFilterView(filters.span.extracting(range).bytes)
    }

    /// Whether `client` is in one of the networks that `entry` is reserved for.
    private func serves(_ client: Client, _ entry: Entry) -> Bool {
        exclusiveNetworks[
            Int(entry.exclusiveNetworks.lowerBound)..<Int(entry.exclusiveNetworks.upperBound)
        ].contains { $0.contains(client) }
    }

    /// Whether the mirror's rule about countries admits `client`; an unknown country is in no list.
    private func admits(_ client: Client, to entry: Entry) -> Bool {
        let listed = clientCountries[
            Int(entry.clientCountries.lowerBound)..<Int(entry.clientCountries.upperBound)
        ]
        let isListed = client.country.map { listed.contains($0) } ?? false
        return isListed != entry.excludesClientCountries
    }
}
