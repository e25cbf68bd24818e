import HealthFormat
import HolderFormat
import Mirrors
import Redirection
import RegionMapFormat
import Time

/// Every access point of a map, seen by one client that asks for one file: the chosen ones in their
/// order, and all others with what keeps them off.
///
/// Numbers only; what the access points are called, the map tells at the same index.
struct CandidateList {
    struct Candidate {
        /// 0 is nearest; that of the client's country where it has ranks of its own.
        var rank: Int
        /// When the latest proof that the map rests on was made; the map says it, or else the
        /// report.
        var verifiedAt: Timestamp?
        /// 1 for the one that a redirect leads to; nil for one that is not chosen.
        var position: Int?
        /// Nil for a chosen one, and for the other URL of a mirror that is.
        var exclusion: Exclusion.Reason?
        /// Since when it is so, in seconds since 1970; nil where that is not known.
        var since: Int64?
        /// How many nearer ones are listed for the file.
        var nearerCount = 0
        /// Up to when its tree was complete; nil where it is, or nobody says.
        var completeUntil: Timestamp?
        var isPreferred = false
        var draw: Double?
        /// The next usable URL of the same mirror, or nil.
        fileprivate(set) var alternative: Int?
    }

    /// In the order of the map; empty where a record of it is damaged: nothing can be relied on
    /// then.
    private(set) var all: [Candidate] = []
    /// The chosen ones, best first; indexes into `all`.
    private(set) var chosen: [Int] = []
    /// Those that are left out, in the order of the map; indexes into `all`.
    private(set) var excluded: [Int] = []
    /// Whether the map knows the path at all; always so for the root, which everybody is taken to
    /// hold.
    let isKnown: Bool
    /// Whether the map lists anybody for it.
    private var isHeld = false

    /// Those of the mirror that was asked for by name that hold the file and are not listed.
    private(set) var wished: [Int] = []

    /// `report` is the Builder's about the snapshot's region, which tells when each was verified;
    /// `holders` what is known of those that the map does not list.
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
            // The map's own times are cut to the hour.
            let time = facts?.verifiedAt
            all.append(
                Candidate(
                    rank: Int(point.rank),
                    verifiedAt: time ?? point.checkedAt.map { Timestamp(secondsSinceEpoch: $0) },
                    completeUntil: facts?.completeUntil
                )
            )
        }
        // The ranks that the choice went by.
        let country = request.wishes?.country ?? request.client.country
        let ranks = country.map { snapshot.ranks(for: $0) } ?? []
        for (index, rank) in zip(all.indices, ranks) { all[index].rank = Int(rank) }
        let statements =
            held == nil ? [] : holders?.statements(about: request.path, in: table) ?? []
        if let mirror = request.wishes?.mirror {
            wished = statements.indices.filter {
                table.entries[$0].seed == mirror && statements[$0]?.holding == .held
            }
        }
        let latest = choose(request, in: snapshot)
        isHeld = isRoot || held?.isEmpty == false
        judgeOthers(request, in: snapshot, held: held, statements, latest)
    }

    /// Makes the choice that a redirect would be; returns the indexes of the chosen ones by their
    /// mirrors.
    private mutating func choose(_ request: PageRequest, in snapshot: Snapshot) -> [UInt64: Int] {
        let table = snapshot.table
        var selection = Selection(capacity: table.entries.count)
        if request.path.isEmpty {
            snapshot.selectAll(for: request.client, wishes: request.wishes, into: &selection)
        } else {
            _ = snapshot.select(
                path: request.path,
                for: request.client,
                limit: table.entries.count,
                wishes: request.wishes,
                also: wished,
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

    /// Says of each access point that is not chosen why, or links it to its mirror's chosen one.
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
        for index in (held ?? []) + wished where isHolder.indices.contains(index) {
            isHolder[index] = true
        }
        var listedCount = 0
        let pathHash =
            request.path.isEmpty ? nil : unsafe PathFilterView.hash(of: request.path.span.bytes)
        let avoided = request.wishes?.avoided ?? []
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
            } else if request.wishes?.country == nil,
                table.isTooFar(index, from: request.wishes?.place, for: request.client)
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

    /// Says of an access point that is not listed why; `obstacle` is what would keep it off if it
    /// were.
    private mutating func judge(
        _ index: Int,
        _ statement: HolderView.Statement?,
        _ obstacle: Exclusion.Reason?
    ) {
        switch obstacle {
        case .closed?, .down?, .doubted?: all[index].exclusion = obstacle
        default:
            guard let statement else {
                // Whoever holds it is listed, unless enough nearer ones are.
                let isFull = all[index].nearerCount >= Self.listedReplicas
                all[index].exclusion = isFull ? .notNeeded : .notHeld
                return
            }
            all[index].since = statement.since
            all[index].exclusion = Self.reason(statement.holding) ?? obstacle ?? .notNeeded
        }
    }

    /// The Builder lists no more than so many that are not near.
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

    /// Why there is no mirror to be sent to; nil where there is one.
    var fallbackReason: FallbackReason? {
        if !chosen.isEmpty { return nil }
        if !isKnown { return .unknownPath }
        if excluded.contains(where: { all[$0].exclusion == .tooFar }) { return .noMirrorNear }
        return isHeld ? .noMirrorUp : .noReplica
    }
}
