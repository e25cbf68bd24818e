import Catalogs
import CheckPlanning
import CheckStates
import Mirrors
import Synchronization
import Time

/// What runs of the policy need beside storage: who is asked, by which policy, and what was heard
/// of them.
final class Visits {
    private let network: Network
    private let store: SimulatedStore
    private let settings: PolicySettings
    let groups: AccessPointGroups
    /// The access points that are asked: of those with one URL one.
    let canonical: [Network.Point]
    private let profiles: [AccessPointProfile?]
    private let twins: [AccessPoint.ID?]
    private let aliases: [[Int]]
    let probe: MinuteProbe
    private(set) var newestPolicy: CheckPolicy
    private var previousPolicy: CheckPolicy
    /// By access point what clients must not be sent to.
    private(set) var doubts: [AccessPointDoubt?]
    /// Access points that came back with an old tree, until their next visit.
    private(set) var returned: Set<Int> = []

    init(
        _ network: Network,
        mirrors: [Mirror],
        store: SimulatedStore,
        settings: PolicySettings,
        catalog: Catalog
    ) {
        self.network = network
        self.store = store
        self.settings = settings
        let groups = AccessPointGroups(mirrors)
        self.groups = groups
        canonical = network.points.filter {
            groups.canonical(of: $0.accessPoint.id) == $0.accessPoint.id
        }
        probe = MinuteProbe(network, points: canonical)
        newestPolicy = CheckPolicy(catalog: catalog, classes: .standard, settings: settings)
        previousPolicy = newestPolicy
        doubts = Array(repeating: nil, count: network.points.count)
        let numbers = Dictionary(
            network.points.map { ($0.accessPoint.id, $0.number) },
            uniquingKeysWith: { first, _ in first }
        )
        var profiles: [AccessPointProfile?] = Array(repeating: nil, count: network.points.count)
        var twins: [AccessPoint.ID?] = Array(repeating: nil, count: network.points.count)
        var aliases: [[Int]] = Array(repeating: [], count: network.points.count)
        for point in canonical {
            let twin = groups.twin(of: point.accessPoint.id)
            let place = point.accessPoint.baseURL.drop { $0 != ":" }
            profiles[point.number] = AccessPointProfile(
                point.accessPoint,
                share: twin == nil
                    ? .all : .init(part: point.accessPoint.scheme == .https ? 1 : 0, of: 2),
                tree: String(place)
            )
            twins[point.number] = twin
            aliases[point.number] = groups.aliases(of: point.accessPoint.id)
                .compactMap { numbers[$0] }
        }
        self.profiles = profiles
        self.twins = twins
        self.aliases = aliases
    }

    func adopt(_ catalog: Catalog) {
        guard catalog.generation != newestPolicy.catalog.generation else { return }
        previousPolicy = newestPolicy
        newestPolicy = CheckPolicy(catalog: catalog, classes: .standard, settings: settings)
    }

    func policy(of catalog: Catalog) -> CheckPolicy {
        catalog.generation == newestPolicy.catalog.generation ? newestPolicy : previousPolicy
    }

    /// Nil for an access point that is not asked: a host that is silent, another one's URL.
    func target(_ point: Network.Point) -> (point: Network.Point, profile: AccessPointProfile)? {
        guard let profile = profiles[point.number], !probe.status[point.number].isSilent
        else { return nil }
        return (point, profile)
    }

    func twinState(of point: Int) -> CheckState? {
        twins[point].flatMap { store.current($0)?.state }
    }

    /// What the probe, and what the twin's visits have found out.
    func hearsay(of point: Int) -> (words: [Visit.Hearsay], since: Timestamp)? {
        if let heard = probe.hearsay[point] { return heard }
        guard let twin = twins[point],
            let number = network.number(of: twin), let doubt = doubts[number],
            doubt.reason == .lost || doubt.reason == .refused || doubt.reason == .altered,
            !doubt.evidence.isEmpty, told[point] ?? Timestamp(secondsSinceEpoch: 0) < doubt.since
        else { return nil }
        return (doubt.evidence.map { .twinLost($0) }, doubt.since)
    }
    private var told: [Int: Timestamp] = [:]

    /// Forgets what was told to visits.
    func forget(_ points: [Int]) {
        for point in points {
            if let twin = twins[point], let number = network.number(of: twin),
                let since = doubts[number]?.since
            {
                told[point] = since
            }
            probe.forget(point)
            returned.remove(point)
        }
    }

    func note(_ doubt: AccessPointDoubt?, of point: Int) { doubts[point] = doubt }

    func noteReturned(_ point: Int) { returned.insert(point) }

    /// The access points that a finding about one is about.
    func all(of point: Int) -> [Int] { [point] + aliases[point] }

    /// The files that clients must not be sent to there; nil for none.
    func doubted(_ point: Int, in table: PathTable) -> Words? {
        if returned.contains(point) {
            return Words(repeating: .max, count: (table.count + 63) / 64)
        }
        switch doubts[point]?.scope {
        case nil: return nil
        case .whole: return Words(repeating: .max, count: (table.count + 63) / 64)
        case .files(let files):
            var words = Words.empty(table.count)
            for file in files {
                for name in table.namesOfFile[table.targets[Int(file.rawValue)]] ?? [] {
                    words.set(name, true)
                }
            }
            return words
        }
    }
}
