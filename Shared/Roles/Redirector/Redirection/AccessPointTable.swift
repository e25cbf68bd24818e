import Bytes
import HealthFormat
package import Mirrors
package import RegionMapFormat
import Time

/// The access points of one region map, taken apart once so that a choice reads numbers only.
///
/// A position in the table is the access point's index in the map.
package struct AccessPointTable: Sendable {
    package struct Entry: Sendable {
        /// The hash of the mirror's id: what rendezvous hashing mixes with the request, and what
        /// tells mirrors apart.
        ///
        /// Two access points of one mirror share it.
        package let seed: UInt64
        /// The share of the load among equals; 0 takes the access point out.
        package let weight: Double
        /// The most that may go here of all requests, as a fraction; 1 is no limit.
        package let maxShare: Double
        /// Nearness: 0 is best; access points of one rank are equals.
        package let rank: UInt32
        package let country: CountryLetters?
        package let hasIPv6: Bool
        /// What keeps some clients off; most have none of it, which one look tells.
        package fileprivate(set) var obstacles: Obstacles
        /// Why this is nothing for any client, up or down.
        let flaw: Exclusion.Reason?
        fileprivate let id: Range<UInt32>
        fileprivate let url: Range<UInt32>
        /// Where in `clientCountries` those are whose clients alone are sent here, or are not;
        /// empty is no rule.
        ///
        /// Offsets instead of arrays: an entry is plain numbers, whose copy counts no reference.
        let clientCountries: Range<UInt32>
        let excludesClientCountries: Bool
        /// Where in `exclusiveNetworks` those are whose clients alone are sent here; empty is no
        /// rule.
        let exclusiveNetworks: Range<UInt32>
        /// Where in `filters` the bits are of the paths that it is doubted to have.
        fileprivate(set) var filter: Range<UInt32> = 0..<0

        package var isHTTPS: Bool { !obstacles.contains(.unencrypted) }
        package var hasIPv4: Bool { !obstacles.contains(.withoutIPv4) }
        package var isDown: Bool { obstacles.contains(.down) }
    }

    /// What may stand between an access point and a client.
    package struct Obstacles: OptionSet, Sendable {
        package let rawValue: UInt16

        package init(rawValue: UInt16) {
            self.rawValue = rawValue
        }

        static let down = Obstacles(rawValue: 1)
        /// It is nothing for any client, by its ``Entry/flaw``.
        static let flawed = Obstacles(rawValue: 2)
        /// It has a rule about the countries of its clients.
        static let clientCountries = Obstacles(rawValue: 4)
        static let unencrypted = Obstacles(rawValue: 8)
        static let withoutIPv4 = Obstacles(rawValue: 16)
        /// It is not believed to have anything.
        static let doubted = Obstacles(rawValue: 32)
        /// It is not believed to have some paths, by its ``Entry/filter``.
        static let partlyDoubted = Obstacles(rawValue: 64)
        /// The operator closed it.
        static let closed = Obstacles(rawValue: 128)
        /// It serves some networks of clients only.
        static let networksOnly = Obstacles(rawValue: 256)

        /// What health says, which changes while the map stays.
        static let ofHealth: Obstacles = [.down, .doubted, .partlyDoubted, .closed]
    }

    package private(set) var entries: [Entry] = []
    /// By access point how far it is from a client whose place is known.
    private(set) var approaches: [Approach] = []
    /// By access point its sites.
    private(set) var sites: [ApproachSites] = []
    /// The sites of all mirrors of several, but the first of each.
    private(set) var otherSites: [GlobePoint] = []
    /// The least ``Approach/start`` of all.
    private(set) var leastStart = 20.0
    /// The ids and base URLs of the access points, one after the other, each URL between the bytes
    /// that enclose it in a Link.
    private var text: [UInt8] = []
    private(set) var clientCountries: [CountryLetters] = []
    /// The clients that are served before all others.
    private(set) var networks = NetworkTable()
    private(set) var exclusiveNetworks: [RegionMapNetwork] = []
    /// Whether any access point may get a part of the requests only.
    package private(set) var hasShareCaps = false
    /// The bits of all filters, one after the other.
    private(set) var filters: [UInt8] = []

    /// An empty table with room for this many access points.
    package init(capacity: Int = 0) {
        entries.reserveCapacity(capacity)
        text.reserveCapacity(capacity * 128)
    }

    /// Adds the next access point of the map.
    ///
    /// `id` and `mirror` are the bytes of an `AccessPoint.ID` and a `Mirror.ID`.
    package mutating func append(
        id: Span<UInt8>,
        mirror: Span<UInt8>,
        baseURL: Span<UInt8>,
        scheme: AccessPoint.Scheme,
        rank: UInt32,
        weight: UInt32 = 100,
        maxShare: Double = 1,
        country: CountryLetters? = nil,
        hasIPv4: Bool = true,
        hasIPv6: Bool = true,
        clientCountries: [CountryLetters] = [],
        excludesClientCountries: Bool = false,
        networks: [RegionMapNetwork] = [],
        servesNetworksOnly: Bool = false,
        sites: [GlobePoint] = [],
        kilometres: UInt16? = nil,
        latencyMilliseconds: UInt16? = nil,
        errorsPerMille: UInt16? = nil,
        lagMinutes: UInt16? = nil
    ) {
        let firstOther = UInt32(clamping: otherSites.count)
        otherSites += sites.dropFirst()
        self.sites.append(
            ApproachSites(
                first: sites.first ?? .nowhere,
                otherStart: firstOther,
                otherEnd: UInt32(clamping: otherSites.count)
            )
        )
        let approach = Approach(
            siteCount: sites.count,
            kilometres: kilometres,
            latencyMilliseconds: latencyMilliseconds,
            errorsPerMille: errorsPerMille,
            lagMinutes: lagMinutes
        )
        approaches.append(approach)
        leastStart = min(leastStart, approach.start)
        let (id, url) = append(id: id, baseURL: baseURL, country)
        let listed = self.clientCountries.count..<self.clientCountries.count + clientCountries.count
        self.clientCountries += clientCountries
        self.networks.append(networks, of: entries.count)
        let exclusive = exclusiveNetworks.count
        if servesNetworksOnly { exclusiveNetworks += networks }
        if maxShare < 1 { hasShareCaps = true }
        let flaw = Self.flaw(scheme: scheme, weight: weight, maxShare: maxShare, baseURL)
        var obstacles: Obstacles = []
        if flaw != nil { obstacles.insert(.flawed) }
        if !clientCountries.isEmpty { obstacles.insert(.clientCountries) }
        if case .https = scheme {} else { obstacles.insert(.unencrypted) }
        if !hasIPv4 { obstacles.insert(.withoutIPv4) }
        if servesNetworksOnly { obstacles.insert(.networksOnly) }
        entries.append(
            Entry(
                seed: Rendezvous.hash(mirror),
                weight: Double(weight),
                maxShare: maxShare,
                rank: rank,
                country: country,
                hasIPv6: hasIPv6,
                obstacles: obstacles,
                flaw: flaw,
                id: id,
                url: url,
                clientCountries: UInt32(
                    clamping: listed.lowerBound
                )..<UInt32(clamping: listed.upperBound),
                excludesClientCountries: excludesClientCountries,
                exclusiveNetworks: UInt32(
                    clamping: exclusive
                )..<UInt32(clamping: exclusiveNetworks.count)
            )
        )
    }

    /// To be called when all access points are there.
    package mutating func finish() {
        networks.sort()
    }

    private static func flaw(
        scheme: AccessPoint.Scheme,
        weight: UInt32,
        maxShare: Double,
        _ baseURL: Span<UInt8>
    ) -> Exclusion.Reason? {
        switch scheme {
        case .ftp, .rsync: return .scheme
        case .http, .https: break
        }
        if weight == 0 { return .weight }
        if maxShare <= 0 { return .share }
        return isUsable(baseURL, scheme) ? nil : .unusableURL
    }

    /// Appends the texts of an access point; returns where its id and its base URL are.
    private mutating func append(
        id: Span<UInt8>,
        baseURL: Span<UInt8>,
        _ country: CountryLetters?
    ) -> (id: Range<UInt32>, url: Range<UInt32>) {
        let start = text.count
        let urlStart = start + id.count + Self.linkOpening.utf8CodeUnitCount
        text.append(addingCapacity: id.count + baseURL.count + 16) { text in
            text.append(copying: id)
            text.append(Self.linkOpening)
            text.append(copying: baseURL)
            guard let country else { return }
            text.append("; geo=")
            text.append(country.first | 0x20)
            text.append(country.second | 0x20)
        }
        return (
            UInt32(clamping: start)..<UInt32(clamping: start + id.count),
            UInt32(clamping: urlStart)..<UInt32(clamping: urlStart + baseURL.count)
        )
    }

    private static let linkOpening: StaticString = ", <"

    /// The bytes of the id of `entry`: what health.json calls it.
    @_lifetime(borrow self)
    package func id(of entry: Entry) -> Span<UInt8> {
        text.span.extracting(Int(entry.id.lowerBound)..<Int(entry.id.upperBound))
    }

    /// The base URL of `entry`, which ends in a slash.
    @_lifetime(borrow self)
    package func baseURL(of entry: Entry) -> Span<UInt8> {
        text.span.extracting(Int(entry.url.lowerBound)..<Int(entry.url.upperBound))
    }

    /// How a Link to `entry` begins behind another one: `, <` and the base URL.
    @_lifetime(borrow self)
    func linkStart(of entry: Entry) -> Span<UInt8> {
        let start = Int(entry.url.lowerBound) - Self.linkOpening.utf8CodeUnitCount
        return text.span.extracting(start..<Int(entry.url.upperBound))
    }

    /// How a Link to `entry` ends: `; geo=de`, or nothing where the country is not known.
    @_lifetime(borrow self)
    func linkEnd(of entry: Entry) -> Span<UInt8> {
        let start = Int(entry.url.upperBound)
        return text.span.extracting(start..<start + (entry.country == nil ? 0 : 8))
    }

    /// A longer base URL leaves no room for a path in what clients take.
    private static let longestURL = 2048

    /// Whether `url` is one of http or https, as its scheme says, and made of bytes that can stand
    /// in a header, a Link and an HTML attribute as they are.
    ///
    /// The map comes from storage, and storage is not the Redirector: what is not such a URL is
    /// left out of every choice instead of being escaped into something else.
    private static func isUsable(_ url: Span<UInt8>, _ scheme: AccessPoint.Scheme) -> Bool {
        let start: StaticString = scheme == .https ? "https://" : "http://"
        let hostStart = start.utf8CodeUnitCount
        guard url.count > hostStart + 1, url.count <= longestURL,
            url.extracting(0..<hostStart).equals(start), url[hostStart] != UInt8(ascii: "/"),
            url[url.count - 1] == UInt8(ascii: "/")
        else { return false }
        return url.endOfRun(of: .safeInHeader, from: 0) == url.count
    }

    /// Takes over what health says now.
    ///
    /// An access point that health does not know counts as up: a mirror that was added a minute ago
    /// must not wait for its first probe. Nil takes every access point for up and believed.
    package mutating func apply(_ health: CurrentHealth?) {
        filters = []
        for index in entries.indices { entries[index].obstacles.subtract(.ofHealth) }
        guard let health else { return }
        var filters: [UInt8] = []
        health.report.read { view in
            for index in entries.indices {
                let start = UInt32(clamping: filters.count)
                let obstacles = obstacles(of: entries[index], by: health, view, &filters)
                entries[index].obstacles.formUnion(obstacles)
                entries[index].filter = start..<UInt32(clamping: filters.count)
            }
        }
        self.filters = filters
    }

    /// What health puts in the way of `entry`; where that is a filter, its bits are added to
    /// `filters`.
    private func obstacles(
        of entry: Entry,
        by health: CurrentHealth,
        _ view: borrowing HealthView,
        _ filters: inout [UInt8]
    ) -> Obstacles {
        let id = unsafe id(of: entry).bytes
        var obstacles: Obstacles = []
        if health.countsAvailability, let index = view.availability.index(of: id),
            view.availability.availability(at: index).outage != nil
        {
            obstacles.insert(.down)
        }
        if let index = view.closures.index(of: id),
            view.closures.closure(at: index).isInForce(at: health.now.secondsSinceEpoch)
        {
            obstacles.insert(.closed)
        }
        if let index = view.doubts.index(of: id) {
            let doubt = view.doubts.doubt(at: index)
            let filter = view.doubts.filter(of: doubt)
            // A filter that cannot be read might hold anything.
            obstacles.insert(doubt.isWhole || filter.isEmpty ? .doubted : .partlyDoubted)
            if !doubt.isWhole { unsafe filter.withUnsafeBytes { unsafe filters += $0 } }
        }
        return obstacles
    }

    /// Whether some paths are not believed to be where the map says.
    var hasPathDoubts: Bool { !filters.isEmpty }

    /// How many access points are not down.
    package var upCount: Int { entries.count { !$0.isDown } }
}
