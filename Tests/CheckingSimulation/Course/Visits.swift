import Catalogs
import CheckPlanning
import CheckStates
import Checking
import HealthFormat
import Mirrors
import Time

/// The inputs of checks and probes besides storage: the hosts to ask, the policy for each, and the
/// health that all of them share.
///
/// It changes only between the steps of the simulation, when no run is active: concurrent runs see
/// the same, whichever is faster. Nothing else makes it safe to share.
final class Visits: @unchecked Sendable {
    private let settings: PolicySettings
    let groups: AccessPointGroups
    /// The access points that are asked: one for each URL.
    let canonical: [Network.Point]
    /// The access points that are probed, in halves without a common host, so that two threads can
    /// probe them.
    let probed: [[Network.Point]]
    /// The access points of each host that are checked.
    let hosts: FanOutPlan.Hosts
    private let profiles: [AccessPointProfile?]
    private let twins: [Network.Point?]
    private let aliases: [[Int]]
    private let ids: [AccessPoint.ID]
    private let existing: Set<AccessPoint.ID>
    private(set) var newestPolicy: CheckPolicy
    private var previousPolicy: CheckPolicy
    private(set) var health = Health()
    /// For each access point, what a check found that clients must not be sent to.
    private var doubts: [AccessPointDoubt?]

    init(_ network: Network, mirrors: [Mirror], settings: PolicySettings, catalog: Catalog) {
        self.settings = settings
        let groups = AccessPointGroups(mirrors)
        self.groups = groups
        canonical = network.points.filter {
            groups.canonical(of: $0.accessPoint.id) == $0.accessPoint.id
        }
        probed = [0, 1].map { [canonical] half in
            canonical.filter { $0.accessPoint.scheme != .rsync && $0.host.number % 2 == half }
        }
        hosts = FanOutPlan.Hosts(of: canonical.map(\.accessPoint))
        ids = network.points.map(\.accessPoint.id)
        existing = Set(ids)
        newestPolicy = CheckPolicy(catalog: catalog, classes: .standard, settings: settings)
        previousPolicy = newestPolicy
        doubts = Array(repeating: nil, count: network.points.count)
        var profiles: [AccessPointProfile?] = Array(repeating: nil, count: network.points.count)
        var twins: [Network.Point?] = Array(repeating: nil, count: network.points.count)
        var aliases: [[Int]] = Array(repeating: [], count: network.points.count)
        for point in canonical {
            let twin = groups.twin(of: point.accessPoint.id).flatMap(network.number)
            let place = point.accessPoint.baseURL.drop { $0 != ":" }
            profiles[point.number] = AccessPointProfile(
                point.accessPoint,
                share: twin == nil
                    ? .all : .init(part: point.accessPoint.scheme == .https ? 1 : 0, of: 2),
                tree: String(place)
            )
            twins[point.number] = twin.map { network.points[$0] }
            aliases[point.number] = groups.aliases(of: point.accessPoint.id)
                .compactMap(network.number)
        }
        self.profiles = profiles
        self.twins = twins
        self.aliases = aliases
    }

    // MARK: - Policies

    func adopt(_ catalog: Catalog) {
        guard catalog.generation != newestPolicy.catalog.generation else { return }
        previousPolicy = newestPolicy
        newestPolicy = CheckPolicy(catalog: catalog, classes: .standard, settings: settings)
    }

    func policy(of catalog: Catalog) -> CheckPolicy {
        catalog.generation == newestPolicy.catalog.generation ? newestPolicy : previousPolicy
    }

    // MARK: - Targets

    /// Nil if the URL is another one's.
    func target(_ point: Network.Point) -> CheckRun.Target? {
        guard let profile = profiles[point.number] else { return nil }
        let status = health.statuses[point.accessPoint.id]
        let isSilent = status.map { !$0.isUp && $0.latencyMilliseconds == nil } ?? false
        return CheckRun.Target(
            number: AccessPointNumber(index: point.number),
            profile: profile,
            restReason: isSilent ? "down" : nil,
            relatives: twins[point.number].map { [CheckRun.Relative($0.accessPoint, .twin)] } ?? []
        )
    }

    func twin(of point: Network.Point) -> Network.Point? { twins[point.number] }

    /// The access points to which a finding about one applies.
    func all(of point: Int) -> [Int] { [point] + aliases[point] }

    // MARK: - Health

    /// The news that a check of these access points should have.
    func news(for points: [Int]) -> HealthExchange.News {
        var news: HealthExchange.News = [:]
        for point in points {
            let id = ids[point]
            let twin = twins[point]?.accessPoint.id
            guard let outsideFindings = health.outsideFindings(about: id, twin: twin) else {
                continue
            }
            news[id] = OutsideFindings(outsideFindings.findings, since: outsideFindings.since)
        }
        return news
    }

    /// Applies a check's findings in order; returns the access points whose doubts have changed.
    ///
    /// `told` is the time of the findings that the check learned about.
    func take(
        _ words: [(id: AccessPoint.ID, doubt: AccessPointDoubt?)],
        told: [AccessPoint.ID: Timestamp],
        numbers: (AccessPoint.ID) -> Int?
    ) -> Set<Int> {
        var changed: Set<Int> = []
        for (id, doubt) in words {
            guard let point = numbers(id) else { continue }
            if let known = health.doubts[id], known.awaitsCheck, told[id] != known.since {
                if doubt?.scope == .whole { health.doubts[id]?.scope = .whole }
                continue
            }
            health.doubts[id] = doubt.map(newestPolicy.health)
            doubts[point] = doubt
            changed.insert(point)
        }
        return changed
    }

    /// Applies the outcome of a probe; returns the access points whose doubts have changed.
    func take(
        _ results: [AccessPoint.ID: HealthProbe.Result],
        now: Timestamp
    ) -> Set<Int> {
        health.update(
            with: results,
            existing: existing,
            now: now,
            nameHashes: newestPolicy.nameHashes
        )
        return Set(canonical.map(\.number).filter { results[ids[$0]]?.evidence.isEmpty == false })
    }

    /// The files that clients must not be sent to there; nil for none.
    func doubted(_ point: Int, in table: PathTable) -> Words? {
        let everything = Words(repeating: .max, count: (table.count + 63) / 64)
        if let unheard = health.doubts[ids[point]], unheard.awaitsCheck {
            guard unheard.scope != .whole else { return everything }
            return names(of: unheard.evidence.map { FileID($0.fileID) }, in: table)
        }
        switch doubts[point]?.scope {
        case nil: return nil
        case .whole: return everything
        case .files(let files): return names(of: files, in: table)
        }
    }

    private func names(of files: [FileID], in table: PathTable) -> Words {
        var words = Words.empty(table.count)
        for file in files {
            for name in table.namesOfFile[table.targets[Int(file.rawValue)]] ?? [] {
                words.set(name, true)
            }
        }
        return words
    }
}
