import HealthFormat
import HolderFormat
import Mirrors
import Redirection
import RegionMapFormat
import Time

/// Every access point of a map for one client and one file: the chosen ones in order, and all
/// others with the reason against them.
///
/// It has only numbers; the map has the names at the same index.
struct CandidateList {
    struct Candidate {
        /// 0 is nearest; the rank for the client's country if it has its own.
        var rank: Int
        /// The time of the latest proof that the map is based on, from the report or else the map.
        var verifiedAt: Timestamp?
        /// 1 for the target of the redirect; nil if it is not chosen.
        var position: Int?
        /// Nil for a chosen one, and for the other URL of a chosen mirror.
        var exclusion: Exclusion.Reason?
        /// The beginning of the exclusion, in seconds since 1970; nil if unknown.
        var since: Int64?
        /// The number of nearer ones listed for the file.
        var nearerCount = 0
        /// The time until which its tree is complete; nil if it is not behind, or unknown.
        var completeUntil: Timestamp?
        var isPreferred = false
        var draw: Double?
        /// The next usable URL of the same mirror, or nil.
        fileprivate(set) var alternative: Int?
    }

    /// In the order of the map; empty if a record of it is damaged, because then nothing in it can
    /// be relied on.
    private(set) var all: [Candidate] = []
    /// The chosen ones, best first; indexes into `all`.
    private(set) var chosen: [Int] = []
    /// The excluded ones, in the order of the map; indexes into `all`.
    private(set) var excluded: [Int] = []
    /// Whether the map knows the path; always true for the root, which every mirror counts as
    /// holding.
    let isKnown: Bool
    /// Whether the map lists any access point for it.
    private var isHeld = false

    /// The access points of the mirror requested by name that hold the file and are not listed.
    private(set) var named: [Int] = []

    /// `report` is the builder's for the snapshot's region, with exact times of proofs; `holders`
    /// tells what is known of access points that the map does not list.
    init(
        _ request: PageRequest,
        in snapshot: Snapshot,
        _ map: borrowing RegionMap,
        report: PageReport? = nil,
        holders: Holders? = nil
    ) {
        let isRoot = request.path.isEmpty
        let held = isRoot ? nil : snapshot.replicas(of: request.path)
        isKnown = isRoot || held != nil
        let table = snapshot.table
        all.reserveCapacity(table.entries.count)
        for index in table.entries.indices {
            guard let point = map.accessPoint(at: index) else {
                all = []
                return
            }
            let facts = report?.facts(of: map.text(point.id))
            // The map's own times are truncated to the hour.
            let time = facts?.verifiedAt
            all.append(
                Candidate(
                    rank: Int(point.rank),
                    verifiedAt: time ?? point.checkedAt.map { Timestamp(secondsSinceEpoch: $0) },
                    completeUntil: facts?.completeUntil
                )
            )
        }
        // The ranks used for the choice.
        let country = request.preferences?.country ?? request.client.country
        let ranks = country.map { snapshot.ranks(for: $0) } ?? []
        for (index, rank) in zip(all.indices, ranks) { all[index].rank = Int(rank) }
        let statements =
            held == nil ? [] : holders?.statements(about: request.path, in: table) ?? []
        if let mirror = request.preferences?.mirror {
            named = statements.indices.filter {
                table.entries[$0].seed == mirror && statements[$0]?.holding == .held
            }
        }
        let latest = choose(request, in: snapshot)
        isHeld = isRoot || held?.isEmpty == false
        judgeOthers(request, in: snapshot, held: held, statements, latest)
    }

    /// Makes the choice that a redirect would; returns the index of the chosen access point for
    /// each mirror.
    private mutating func choose(_ request: PageRequest, in snapshot: Snapshot) -> [UInt64: Int] {
        let table = snapshot.table
        var selection = Selection(capacity: table.entries.count)
        if request.path.isEmpty {
            snapshot.selectAll(
                for: request.client,
                preferences: request.preferences,
                into: &selection
            )
        } else {
            _ = snapshot.select(
                path: request.path,
                for: request.client,
                limit: table.entries.count,
                preferences: request.preferences,
                also: named,
                into: &selection
            )
        }
        var latest: [UInt64: Int] = [:]
        latest.reserveCapacity(selection.count)
        for position in 0..<selection.count {
            let index = selection.accessPoint(at: position)
            guard all.indices.contains(index) else { continue }
            all[index].position = position + 1
            all[index].isPreferred = selection.isPreferred(at: position)
            all[index].draw = selection.draw(at: position)
            chosen.append(index)
            latest[table.entries[index].seed] = index
        }
        return latest
    }

    /// Gives each other access point its reason, or links it to its mirror's chosen one.
    private mutating func judgeOthers(
        _ request: PageRequest,
        in snapshot: Snapshot,
        held: [Int]?,
        _ statements: [HolderView.Statement?],
        _ chosenMirrors: [UInt64: Int]
    ) {
        let table = snapshot.table
        var latest = chosenMirrors
        var isHolder = [Bool](repeating: request.path.isEmpty, count: all.count)
        for index in (held ?? []) + named where isHolder.indices.contains(index) {
            isHolder[index] = true
        }
        var listedCount = 0
        let pathHash =
            request.path.isEmpty ? nil : unsafe PathFilterView.hash(of: request.path.span.bytes)
        let avoided = request.preferences?.avoided ?? []
        for index in all.indices {
            all[index].nearerCount = listedCount
            if isHolder[index] { listedCount += 1 }
            guard all[index].position == nil else { continue }
            let entry = table.entries[index]
            if !isHolder[index] {
                let statement = index < statements.count ? statements[index] : nil
                let reason = table.exclusion(of: entry, for: request.client, pathHash: pathHash)
                judge(index, statement, reason)
            } else if let reason = table.exclusion(
                of: entry,
                for: request.client,
                pathHash: pathHash,
                avoiding: avoided
            ) {
                all[index].exclusion = reason
            } else if request.preferences?.country == nil,
                table.isTooFar(index, from: request.preferences?.place, for: request.client)
            {
                all[index].exclusion = .tooFar
            } else if let other = latest[entry.seed] {
                all[other].alternative = index
                latest[entry.seed] = index
                continue
            } else {
                all[index].exclusion = .share
            }
            excluded.append(index)
        }
    }

    /// Sets the reason for an access point that is not listed; `obstacle` is what would exclude it
    /// if it were.
    private mutating func judge(
        _ index: Int,
        _ statement: HolderView.Statement?,
        _ obstacle: Exclusion.Reason?
    ) {
        switch obstacle {
        case .closed?, .down?, .doubted?: all[index].exclusion = obstacle
        default:
            guard let statement else {
                // A holder is listed unless enough nearer ones are.
                let isFull = all[index].nearerCount >= Self.listedReplicas
                all[index].exclusion = isFull ? .notNeeded : .notHeld
                return
            }
            all[index].since = statement.since
            all[index].exclusion = Self.reason(statement.holding) ?? obstacle ?? .notNeeded
        }
    }

    /// The maximum number of distant access points that the builder lists.
    private static let listedReplicas = 16

    private static func reason(_ holding: Holding) -> Exclusion.Reason? {
        switch holding {
        case .held: nil
        case .lacking: .lacking
        case .altered: .altered
        case .outdated: .outdated
        case .refused: .refused
        case .expired: .expired
        case .ruledOut: .ruledOut
        case .indexless: .indexless
        case .unasked: .unasked
        case .unanswered: .unanswered
        case .incomplete: .incomplete
        }
    }

    /// Why the fallback host answers; nil if there is a mirror.
    var fallbackReason: FallbackReason? {
        if !chosen.isEmpty { return nil }
        if !isKnown { return .unknownPath }
        if excluded.contains(where: { all[$0].exclusion == .tooFar }) { return .noMirrorNear }
        return isHeld ? .noMirrorUp : .noReplica
    }
}
