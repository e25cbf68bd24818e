package import Bytes
import HealthFormat
import Mirrors
package import RegionMapFormat
import Synchronization
import Time

/// Everything a choice reads: one region map and what health says about its access points.
///
/// Immutable: a newer map or newer health makes a new snapshot, which takes the place of this one
/// between two requests.
package final class Snapshot: Sendable {
    private let map: StableBytes
    private let header: RegionMapHeader
    package let table: AccessPointTable
    /// Files that a client gets from one mirror; empty for most trees.
    private let pathSets: [PathSet]
    /// What is known of the access points; nil where no health could be read yet.
    package let health: CurrentHealth?
    /// What counts the redirects to each access point; empty where nobody counts them.
    package let counters: [Counter]
    /// Set once, when somebody first needed the details of this map's generation.
    private let loadedDetails = AtomicLazyReference<FileDetails>()
    /// Whether they are there: to ask the reference itself costs more than all else that a request
    /// without details asks.
    private let hasDetails = Atomic(false)
    /// What is near where, once enough clients came whose place is known.
    private let nearness = AtomicLazyReference<NearnessIndex>()
    /// How many of them came; from ``indexedCount`` on there is an index, if there can be one.
    private let placedCount = Atomic(0)
    /// A program that answers once makes no index: it costs as much as a thousand looks at all
    /// holders.
    private static let indexedCount = 64

    /// Opens a map.
    ///
    /// Takes memory for its access points alone, whose texts are bounded by the format. `verifying`
    /// reads all of it to check its CRC; without, only its header and its access points
    /// are read, and a damaged look-up table shows as an unknown path or as a wrong mirror.
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
        for index in 0..<header.accessPointCount {
            table.append(view, index)
        }
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

    /// Whether there is an index of what is near where.
    package var isIndexed: Bool { nearness.load() != nil }

    /// What is near where; nil as long as few asked, and where a look at all holders is as good.
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

    /// What the files are, if that has been loaded.
    package var details: FileDetails? {
        hasDetails.load(ordering: .acquiring) ? loadedDetails.load() : nil
    }

    /// Takes over the details of this map's generation, unless there are some.
    package func use(_ details: FileDetails) {
        _ = loadedDetails.storeIfNil(details)
        hasDetails.store(true, ordering: .releasing)
    }

    /// Answers without the details from now on: their file has shrunk.
    func dropDetails() {
        hasDetails.store(false, ordering: .relaxed)
    }

    /// Whether the map is a mapped file that has shrunk, so that an answer may rest on zeros.
    package var isTorn: Bool { map.isTorn }

    /// When the mirrors were probed, in seconds since 1970; nil where that does not count (any
    /// more).
    package var healthCheckedAt: Int64? {
        guard let health, health.countsAvailability else { return nil }
        return health.probedAt?.secondsSinceEpoch
    }

    package var generation: UInt32 { header.catalogGeneration }
    /// When the map was built, in seconds since 1970.
    package var builtAt: Int64 { header.builtAt }
    package var pathCount: Int { header.pathCount }

    /// The id of the region that the map is of.
    package var regionID: String {
        withMap { map in
            unsafe map.regionID.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
        } ?? ""
    }

    /// Puts the best access points for `path` into `selection`; false when the map does not know
    /// the path.
    ///
    /// `others` are access points that hold it and are not listed: those of the mirror that
    /// `wishes` name.
    package func select(
        path: [UInt8],
        for client: Client,
        limit: Int,
        wishes: Wishes? = nil,
        also others: [Int] = [],
        into selection: inout Selection
    ) -> Bool {
        // The header is of these bytes: opening them again cannot fail.
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
            wishes: wishes,
            into: &selection
        )
        chooser.considerOwn(replicas, also: others, in: table)
        if let place = chooser.place {
            // A list that ends too soon does no harm: a candidate that is considered twice is
            // chosen once.
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
        // Those that were asked for by name, and come first.
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

    /// The length of the folder of the set that `path` is in; nil for one that is in none.
    private func setLength(of path: Span<UInt8>) -> Int? {
        for set in pathSets {
            if let length = set.folderLength(of: path) { return length }
        }
        return nil
    }

    /// Puts all access points into `selection`, as if each held what is asked for.
    package func selectAll(
        for client: Client,
        wishes: Wishes? = nil,
        into selection: inout Selection
    ) {
        let root: [UInt8] = []
        selection.pathKey = nil
        var chooser = Chooser(
            for: client,
            key: Rendezvous.key(network: client.address?.clientNetwork, path: root.span),
            limit: table.entries.count,
            wishes: wishes,
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

    /// How clients of `country` rank the access points; empty where they rank them as all others
    /// do.
    package func ranks(for country: CountryLetters) -> [UInt8] {
        guard let country = RegionMapCountry(country) else { return [] }
        return withMap { map in
            guard let ranks = map.ranks(for: country) else { return [] }
            return unsafe ranks.withUnsafeBytes { unsafe Array($0) }
        } ?? []
    }

    /// Whether the map knows `path`, held by somebody or not.
    package func knows(_ path: [UInt8]) -> Bool {
        withMap { map in unsafe map.replicas(of: path.span.bytes) != nil } ?? false
    }

    /// The access points that hold `path`, in the map's order; nil when the map does not know it.
    package func replicas(of path: [UInt8]) -> [Int]? {
        withMap { map -> [Int]? in
            guard var replicas = unsafe map.replicas(of: path.span.bytes) else { return nil }
            var indexes: [Int] = []
            while let index = replicas.next() { indexes.append(index) }
            return indexes
        } ?? nil
    }

    /// Calls `body` with the map, whose header was checked before.
    package func withMap<Result, Failure: Error>(
        _ body: (borrowing RegionMap) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        let map = map
        let bytes = map.bytes
        guard let view = try? RegionMap(bytes, reopeningWith: header) else { return nil }
        return try body(view)
    }

    /// The same map with other health; nil takes every access point for up.
    package func with(_ health: CurrentHealth?) -> Snapshot {
        Snapshot(self, health: health)
    }
}
