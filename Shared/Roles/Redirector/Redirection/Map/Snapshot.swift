package import Bytes
import HealthFormat
import Mirrors
package import RegionMapFormat
import Synchronization
import Time

/// The input of a choice: one region map, and the health of its access points.
///
/// Immutable: a newer map or newer health makes a new snapshot, which replaces this one between two
/// requests.
package final class Snapshot: Sendable {
    private let map: StableBytes
    private let header: RegionMapHeader
    package let table: AccessPointTable
    /// The files that a client must get from a single mirror; empty for most trees.
    private let pathSets: [PathSet]
    /// The health of the access points; nil if none could be read yet.
    package let health: CurrentHealth?
    /// The counters of redirects to each access point; empty if they are not counted.
    package let counters: [Counter]
    /// Set once, when the details of this map's generation were first needed.
    private let loadedDetails = AtomicLazyReference<FileDetails>()
    /// Whether the details are loaded: testing the reference itself costs more than the rest of the
    /// test.
    private let hasDetails = Atomic(false)
    /// The index by place, built after enough clients with a known place.
    private let nearness = AtomicLazyReference<NearnessIndex>()
    /// The number of those clients; from ``indexedCount`` on there is an index, if one is possible.
    private let placedCount = Atomic(0)
    /// A program that answers a single request builds no index: it costs as much as a thousand
    /// scans of all holders.
    private static let indexedCount = 64

    /// Opens a map.
    ///
    /// It only allocates memory for the access points, whose texts are limited by the format. With
    /// `verifying` it reads the whole map to check its CRC; without, only the header and the access
    /// points, and a damaged look-up table shows as an unknown path or a wrong mirror.
    package init(
        map: StableBytes,
        verifying: Bool,
        health: CurrentHealth?,
        countedBy metrics: Metrics? = nil
    ) throws(RegionMapError) {
        let view = try RegionMap(map.bytes)
        if verifying { try view.verifyChecksum() }
        try view.checkTexts()
        let header = view.header
        var table = AccessPointTable(capacity: header.accessPointCount)
        table.append(allOf: view)
        table.finish()
        table.apply(health)
        let text = unsafe view.pathSets.withUnsafeBytes { unsafe Array($0) }
        pathSets = PathSet.sets(in: text)
        self.map = map
        self.table = table
        self.header = header
        counters = metrics?.counters(for: table) ?? []
        self.health = health
    }

    private init(_ other: Snapshot, health: CurrentHealth?) {
        map = other.map
        var table = other.table
        table.apply(health)
        self.table = table
        header = other.header
        pathSets = other.pathSets
        counters = other.counters
        self.health = health
        if let details = other.details { use(details) }
        if let index = other.nearness.load() {
            _ = nearness.storeIfNil(index)
            placedCount.store(Self.indexedCount, ordering: .releasing)
        }
    }

    /// Whether the index by place is built.
    package var isIndexed: Bool { nearness.load() != nil }

    /// The index by place; nil after too few requests, and if scanning all holders is as fast.
    private func nearnessIndex() -> NearnessIndex? {
        let count = placedCount.load(ordering: .acquiring)
        if count >= Self.indexedCount { return nearness.load() }
        if placedCount.wrappingAdd(1, ordering: .relaxed).newValue == Self.indexedCount,
            let index = NearnessIndex(table)
        {
            _ = nearness.storeIfNil(index)
        }
        return nil
    }

    /// The details of the files, if loaded.
    package var details: FileDetails? {
        hasDetails.load(ordering: .acquiring) ? loadedDetails.load() : nil
    }

    /// Starts to use the details of this map's generation, unless it has them already.
    package func use(_ details: FileDetails) {
        _ = loadedDetails.storeIfNil(details)
        hasDetails.store(true, ordering: .releasing)
    }

    /// Stops using the details, whose file was truncated.
    func dropDetails() {
        hasDetails.store(false, ordering: .relaxed)
    }

    /// Whether the map is a mapped file that was truncated, so that an answer may be based on
    /// zeros.
    package var isTorn: Bool { map.isTorn }

    /// When the mirrors were probed, in seconds since 1970; nil if there is no valid probe.
    package var healthCheckedAt: Int64? {
        guard let health, health.countsAvailability else { return nil }
        return health.probedAt?.secondsSinceEpoch
    }

    package var generation: UInt32 { header.catalogGeneration }
    /// When the map was built, in seconds since 1970.
    package var builtAt: Int64 { header.builtAt }
    package var pathCount: Int { header.pathCount }

    /// The id of the map's region.
    package var regionID: String {
        withMap { map in
            unsafe map.regionID.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
        } ?? ""
    }

    /// Puts the best access points for `path` into `selection`; false if the map does not know the
    /// path.
    ///
    /// `others` are unlisted access points that hold it: those of the mirror that
    /// `preferences` names.
    package func select(
        path: [UInt8],
        for client: Client,
        limit: Int,
        preferences: Preferences? = nil,
        also others: [Int] = [],
        into selection: inout Selection
    ) -> Bool {
        // The header was read from these bytes: opening them again cannot fail.
        let map = map
        let bytes = map.bytes
        guard let view = try? RegionMap(bytes, reopeningWith: header) else { return false }
        let key = path.span
        guard var replicas = unsafe view.replicas(of: key.bytes) else { return false }
        let network = client.address?.clientNetwork
        var setLength: Int?
        if !pathSets.isEmpty { setLength = self.setLength(of: key) }
        selection.pathKey = setLength == nil ? nil : Rendezvous.key(network: network, path: key)
        var chooser = Chooser(
            for: client,
            key: Rendezvous.key(
                network: network,
                path: key.extracting(first: setLength ?? key.count)
            ),
            pathHash: table.hasPathDoubts ? unsafe PathFilterView.hash(of: key.bytes) : nil,
            limit: limit,
            preferences: preferences,
            into: &selection
        )
        chooser.considerOwn(replicas, also: others, in: table)
        if let place = chooser.place {
            // An incomplete list does no harm: a candidate that is considered twice is chosen once.
            if !considerByIndex(replicas, from: place, &chooser) {
                chooser.consider(&replicas, from: place, in: table)
            }
            chooser.finish(in: table, into: &selection)
            return true
        }
        var ranks = RawSpan()
        if let country = chooser.country.flatMap(RegionMapCountry.init),
            let own = view.ranks(for: country)
        {
            ranks = own
        }
        // Those requested by name come first.
        for index in others { _ = chooser.consider(index, in: table) }
        chooser.consider(&replicas, ranks: ranks, in: table)
        chooser.finish(in: table, into: &selection)
        return true
    }

    /// Considers access points near `place`; false if they are unknown or too few.
    private func considerByIndex(
        _ replicas: ReplicaSet,
        from place: GlobePoint,
        _ chooser: inout Chooser
    ) -> Bool {
        guard chooser.canUseIndex(of: table), let index = nearnessIndex() else { return false }
        let holders = HolderBits(replicas)
        guard holders.count > NearnessIndex.usefulCount else { return false }
        return chooser.consider(holders, from: place, in: table, by: index)
    }

    /// The length of the folder of the set that contains `path`; nil if it is in none.
    private func setLength(of path: Span<UInt8>) -> Int? {
        for set in pathSets {
            if let length = set.folderLength(of: path) { return length }
        }
        return nil
    }

    /// Puts all access points into `selection`, as if all held the file.
    package func selectAll(
        for client: Client,
        preferences: Preferences? = nil,
        into selection: inout Selection
    ) {
        let root: [UInt8] = []
        selection.pathKey = nil
        var chooser = Chooser(
            for: client,
            key: Rendezvous.key(network: client.address?.clientNetwork, path: root.span),
            limit: table.entries.count,
            preferences: preferences,
            into: &selection
        )
        chooser.considerOwn(in: table)
        if let place = chooser.place {
            for index in table.entries.indices {
                chooser.consider(index, from: place, in: table)
            }
            chooser.finish(in: table, into: &selection)
            return
        }
        let ranks = chooser.country.map { self.ranks(for: $0) } ?? []
        for index in table.entries.indices {
            let rank = ranks.indices.contains(index) ? ranks[index] : nil
            guard chooser.consider(index, rank: rank, in: table) else { break }
        }
        chooser.finish(in: table, into: &selection)
    }

    /// The ranks of the access points for clients of `country`; empty if they are the same as for
    /// others.
    package func ranks(for country: CountryLetters) -> [UInt8] {
        guard let country = RegionMapCountry(country) else { return [] }
        return withMap { map in
            guard let ranks = map.ranks(for: country) else { return [] }
            return unsafe ranks.withUnsafeBytes { unsafe Array($0) }
        } ?? []
    }

    /// Whether the map knows `path`, held or not.
    package func knows(_ path: [UInt8]) -> Bool {
        withMap { map in unsafe map.replicas(of: path.span.bytes) != nil } ?? false
    }

    /// The access points that hold `path`, in the map's order; nil if the map does not know it.
    package func replicas(of path: [UInt8]) -> [Int]? {
        withMap { map -> [Int]? in
            guard var replicas = unsafe map.replicas(of: path.span.bytes) else { return nil }
            var indexes: [Int] = []
            while let index = replicas.next() { indexes.append(index) }
            return indexes
        } ?? nil
    }

    /// Calls `body` with the map, whose header was validated before.
    package func withMap<Result, Failure: Error>(
        _ body: (borrowing RegionMap) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        let map = map
        let bytes = map.bytes
        guard let view = try? RegionMap(bytes, reopeningWith: header) else { return nil }
        return try body(view)
    }

    /// This map with other health; nil means that every access point counts as up.
    package func with(_ health: CurrentHealth?) -> Snapshot {
        Snapshot(self, health: health)
    }
}
