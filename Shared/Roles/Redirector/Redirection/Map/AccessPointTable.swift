import Bytes
import HealthFormat
package import Mirrors
import RegionMapFormat
import Time

/// The access points of one region map, parsed once so that a choice reads only numbers.
///
/// The index in the table is the access point's index in the map.
package struct AccessPointTable: Sendable {
    package struct Entry: Sendable {
        /// The hash of the mirror's id, which rendezvous hashing mixes with the request and which
        /// tells mirrors apart.
        ///
        /// Access points of the same mirror share it.
        package let seed: UInt64
        /// The share of the load among equals; 0 excludes the access point.
        package let weight: Double
        /// The maximum fraction of all requests to send here; 1 is no limit.
        package let maxShare: Double
        /// Nearness: 0 is best; access points with the same rank are equals.
        package let rank: UInt32
        package let country: CountryLetters?
        package let hasIPv6: Bool
        /// What may exclude some clients; most entries have none, which a single test shows.
        package fileprivate(set) var exclusionFlags: ExclusionFlags
        /// Why no client may be sent here, whether it is up or not.
        let flaw: Exclusion.Reason?
        fileprivate let id: Range<UInt32>
        fileprivate let url: Range<UInt32>
        /// The range in `clientCountries` of the countries that are the only ones admitted, or that
        /// are excluded; empty without a rule.
        ///
        /// Offsets instead of arrays: copying an entry then counts no references.
        let clientCountries: Range<UInt32>
        let excludesClientCountries: Bool
        /// The range in `exclusiveNetworks` of the networks that it is reserved for; empty without
        /// a rule.
        let exclusiveNetworks: Range<UInt32>
        /// The range in `filters` with the filter of doubted paths.
        fileprivate(set) var filter: Range<UInt32> = 0..<0

        package var isHTTPS: Bool { !exclusionFlags.contains(.unencrypted) }
        fileprivate var idRange: Range<Int> { Int(id.lowerBound)..<Int(id.upperBound) }
        package var hasIPv4: Bool { !exclusionFlags.contains(.withoutIPv4) }
        package var isDown: Bool { exclusionFlags.contains(.down) }
    }

    /// What may exclude a client from an access point.
    package struct ExclusionFlags: OptionSet, Sendable {
        package let rawValue: UInt16

        package init(rawValue: UInt16) {
            self.rawValue = rawValue
        }

        static let down = ExclusionFlags(rawValue: 1)
        /// No client may be sent to it, because of its ``Entry/flaw``.
        static let flawed = ExclusionFlags(rawValue: 2)
        /// It has a rule about the countries of clients.
        static let clientCountries = ExclusionFlags(rawValue: 4)
        static let unencrypted = ExclusionFlags(rawValue: 8)
        static let withoutIPv4 = ExclusionFlags(rawValue: 16)
        /// All its files are doubted.
        static let doubted = ExclusionFlags(rawValue: 32)
        /// Some paths are doubted, according to its ``Entry/filter``.
        static let partlyDoubted = ExclusionFlags(rawValue: 64)
        /// The operator closed it.
        static let closed = ExclusionFlags(rawValue: 128)
        /// It only serves some networks.
        static let networksOnly = ExclusionFlags(rawValue: 256)

        /// The flags from health, which change while the map stays.
        static let ofHealth: ExclusionFlags = [.down, .doubted, .partlyDoubted, .closed]
    }

    package private(set) var entries: [Entry] = []
    /// For each access point, how far it is from a client whose place is known.
    private(set) var approaches: [Approach] = []
    /// For each access point, its sites.
    private(set) var sites: [ApproachSites] = []
    /// The additional sites of mirrors with several.
    private(set) var otherSites: [GlobePoint] = []
    /// The minimum ``Approach/start`` of all.
    private(set) var leastStart = 20.0
    /// The ids and base URLs of the access points, concatenated, each URL between the bytes that
    /// enclose it in a Link.
    private var text: [UInt8] = []
    private(set) var clientCountries: [CountryLetters] = []
    /// The networks whose clients get certain access points first.
    private(set) var networks = NetworkTable()
    private(set) var exclusiveNetworks: [RegionMapNetwork] = []
    /// Whether any access point has a maximum share of the requests.
    package private(set) var hasShareCaps = false
    /// The bits of all filters, concatenated.
    private(set) var filters: [UInt8] = []

    /// An empty table with room for `capacity` access points.
    package init(capacity: Int = 0) {
        entries.reserveCapacity(capacity)
        approaches.reserveCapacity(capacity)
        sites.reserveCapacity(capacity)
        text.reserveCapacity(capacity * 128)
    }

    /// Adds the next access point of the map.
    ///
    /// `id` and `mirror` are the bytes of an `AccessPoint.ID` and a `Mirror.ID`. The steps are
    /// inlined, so that a start, which reads hundreds of access points, counts no references.
    package mutating func append(
        id: Span<UInt8>,
        mirror: Span<UInt8>,
        baseURL: Span<UInt8>,
        scheme: AccessPoint.Scheme,
        load: Load,
        audience: Audience = Audience(),
        location: Location = Location(),
        measurements: Measurements = Measurements()
    ) {
        append(
            id: id,
            seed: Rendezvous.hash(mirror),
            baseURL: baseURL,
            scheme: scheme,
            load: load,
            audience: audience,
            location: location,
            measurements: measurements
        )
    }

    /// The same with the ``Entry/seed`` of the mirror.
    @inline(__always)
    mutating func append(
        id: Span<UInt8>,
        seed: UInt64,
        baseURL: Span<UInt8>,
        scheme: AccessPoint.Scheme,
        load: Load,
        audience: Audience,
        location: Location,
        measurements: Measurements
    ) {
        append(location, measurements)
        let (id, url) = append(id: id, baseURL: baseURL, location.country)
        let (countries, networks) = append(audience)
        if load.maxShare < 1 { hasShareCaps = true }
        let flaw = Self.flaw(scheme, load, baseURL)
        var exclusionFlags = Self.exclusionFlags(of: audience)
        if flaw != nil { exclusionFlags.insert(.flawed) }
        if case .https = scheme {} else { exclusionFlags.insert(.unencrypted) }
        entries.append(
            Entry(
                seed: seed,
                weight: Double(load.weight),
                maxShare: load.maxShare,
                rank: load.rank,
                country: location.country,
                hasIPv6: audience.hasIPv6,
                exclusionFlags: exclusionFlags,
                flaw: flaw,
                id: id,
                url: url,
                clientCountries: countries,
                excludesClientCountries: audience.excludesCountries,
                exclusiveNetworks: networks
            )
        )
    }

    /// Appends the sites of the next access point, and how far it is from clients.
    @inline(__always)
    private mutating func append(_ location: Location, _ measurements: Measurements) {
        let firstOther = UInt32(clamping: otherSites.count)
        if !location.otherSites.isEmpty { otherSites += location.otherSites }
        sites.append(
            ApproachSites(
                first: location.site ?? .nowhere,
                otherStart: firstOther,
                otherEnd: UInt32(clamping: otherSites.count)
            )
        )
        let approach = Approach(siteCount: location.siteCount, measurements)
        approaches.append(approach)
        leastStart = min(leastStart, approach.start)
    }

    /// Appends the countries and networks of the next access point; returns the ranges of its
    /// countries and of the networks that it is reserved for.
    @inline(__always)
    private mutating func append(
        _ audience: Audience
    ) -> (countries: Range<UInt32>, networks: Range<UInt32>) {
        let firstCountry = UInt32(clamping: clientCountries.count)
        let firstNetwork = UInt32(clamping: exclusiveNetworks.count)
        if !audience.countries.isEmpty { clientCountries += audience.countries }
        if !audience.networks.isEmpty {
            networks.append(audience.networks, of: entries.count)
            if audience.servesNetworksOnly { exclusiveNetworks += audience.networks }
        }
        return (
            firstCountry..<UInt32(clamping: clientCountries.count),
            firstNetwork..<UInt32(clamping: exclusiveNetworks.count)
        )
    }

    /// The flags for clients outside of `audience`.
    @inline(__always)
    private static func exclusionFlags(of audience: Audience) -> ExclusionFlags {
        var exclusionFlags: ExclusionFlags = []
        if !audience.countries.isEmpty { exclusionFlags.insert(.clientCountries) }
        if !audience.hasIPv4 { exclusionFlags.insert(.withoutIPv4) }
        if audience.servesNetworksOnly { exclusionFlags.insert(.networksOnly) }
        return exclusionFlags
    }

    /// Call it after the last access point was added.
    package mutating func finish() {
        networks.sort()
    }

    private static func flaw(
        _ scheme: AccessPoint.Scheme,
        _ load: Load,
        _ baseURL: Span<UInt8>
    ) -> Exclusion.Reason? {
        switch scheme {
        case .ftp, .rsync: return .scheme
        case .http, .https: break
        }
        if load.weight == 0 { return .weight }
        if load.maxShare <= 0 { return .share }
        return isUsable(baseURL, scheme) ? nil : .unusableURL
    }

    /// Appends the texts of an access point; returns the ranges of its id and its base URL.
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

    /// The bytes of the id of `entry`, as used in health.json.
    @_lifetime(borrow self)
    package func id(of entry: Entry) -> Span<UInt8> {
        text.span.extracting(entry.idRange)
    }

    /// The base URL of `entry`, which ends in a slash.
    @_lifetime(borrow self)
    package func baseURL(of entry: Entry) -> Span<UInt8> {
        text.span.extracting(Int(entry.url.lowerBound)..<Int(entry.url.upperBound))
    }

    /// The beginning of a Link to `entry` after another one: `, <` and the base URL.
    @_lifetime(borrow self)
    func linkStart(of entry: Entry) -> Span<UInt8> {
        let start = Int(entry.url.lowerBound) - Self.linkOpening.utf8CodeUnitCount
        return text.span.extracting(start..<Int(entry.url.upperBound))
    }

    /// The end of a Link to `entry`: `; geo=de`, or nothing if the country is unknown.
    @_lifetime(borrow self)
    func linkEnd(of entry: Entry) -> Span<UInt8> {
        let start = Int(entry.url.upperBound)
        return text.span.extracting(start..<start + (entry.country == nil ? 0 : 8))
    }

    /// A longer base URL leaves no room for a path within the limits of clients.
    private static let longestURL = 2048

    /// Whether `url` is http or https, as `scheme` says, and consists of bytes that are safe in a
    /// header, a Link and an HTML attribute.
    ///
    /// The map comes from storage, which this process does not control: any other URL is excluded,
    /// not escaped into something else.
    private static func isUsable(_ url: Span<UInt8>, _ scheme: AccessPoint.Scheme) -> Bool {
        let start: StaticString = if case .https = scheme { "https://" } else { "http://" }
        let hostStart = start.utf8CodeUnitCount
        guard url.count > hostStart + 1, url.count <= longestURL,
            url.extracting(0..<hostStart).equals(start), url[hostStart] != UInt8(ascii: "/"),
            url[url.count - 1] == UInt8(ascii: "/")
        else { return false }
        // Most have plain bytes only, which are tested eight at a time.
        return url.hasOnlyPlainURLBytes
            || url.endOfRun(of: .safeInHeader, from: hostStart) == url.count
    }

    /// Applies the current health.
    ///
    /// An access point unknown to health counts as up, because a new mirror must not wait for its
    /// first probe. With nil, every access point counts as up and nothing is doubted.
    package mutating func apply(_ health: CurrentHealth?) {
        filters = []
        for index in entries.indices { entries[index].exclusionFlags.subtract(.ofHealth) }
        guard let health else { return }
        var filters: [UInt8] = []
        // A method of the table would copy it for each access point, since it is being changed.
        let text = text
        health.report.read { view in
            let mentions = Mentions(in: view)
            for index in entries.indices {
                let start = UInt32(clamping: filters.count)
                let exclusionFlags = Self.exclusionFlags(
                    ofID: unsafe text.span.extracting(entries[index].idRange).bytes,
                    by: health,
                    view,
                    mentions,
                    &filters
                )
                entries[index].exclusionFlags.formUnion(exclusionFlags)
                entries[index].filter = start..<UInt32(clamping: filters.count)
            }
        }
        self.filters = filters
    }

    /// The flags of the access point with the id from health; the bits of a doubt filter are
    /// appended to `filters`.
    private static func exclusionFlags(
        ofID id: RawSpan,
        by health: CurrentHealth,
        _ view: borrowing HealthView,
        _ mentions: Mentions,
        _ filters: inout [UInt8]
    ) -> ExclusionFlags {
        var exclusionFlags: ExclusionFlags = []
        let hash = HealthSectionView.hash(of: id)
        guard mentions.mayContain(hash) else { return exclusionFlags }
        if health.countsAvailability, let index = view.availability.index(of: id, hash: hash),
            view.availability.availability(at: index).outage != nil
        {
            exclusionFlags.insert(.down)
        }
        if let index = view.closures.index(of: id, hash: hash),
            view.closures.closure(at: index).isInForce(at: health.now.secondsSinceEpoch)
        {
            exclusionFlags.insert(.closed)
        }
        if let index = view.doubts.index(of: id, hash: hash) {
            let doubt = view.doubts.doubt(at: index)
            let filter = view.doubts.filter(of: doubt)
            // An unreadable filter might contain any path.
            exclusionFlags.insert(doubt.isWhole || filter.isEmpty ? .doubted : .partlyDoubted)
            if !doubt.isWhole { unsafe filter.withUnsafeBytes { unsafe filters += $0 } }
        }
        return exclusionFlags
    }

    /// The access points that health may exclude, as a Bloom filter of their hashes with a single
    /// hash function: most others are not searched in the three sections.
    private struct Mentions {
        private var bits = InlineArray<8, UInt64>(repeating: 0)

        init(in view: borrowing HealthView) {
            for index in 0..<view.availability.count where view.availability.isDown(at: index) {
                insert(view.availability.hash(at: index))
            }
            for index in 0..<view.closures.count { insert(view.closures.hash(at: index)) }
            for index in 0..<view.doubts.count { insert(view.doubts.hash(at: index)) }
        }

        private mutating func insert(_ hash: UInt64) {
            bits[Int(hash & 7)] |= 1 &<< (hash &>> 3)
        }

        func mayContain(_ hash: UInt64) -> Bool {
            bits[Int(hash & 7)] &>> (hash &>> 3) & 1 == 1
        }
    }

    /// Whether some paths are doubted.
    var hasPathDoubts: Bool { !filters.isEmpty }

    /// The number of access points that are not down.
    package var upCount: Int { entries.count { !$0.isDown } }
}
