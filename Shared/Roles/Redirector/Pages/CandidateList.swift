import HealthFormat
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
        /// When the latest proof that the map rests on was made; the map says it, or else the report.
        var verifiedAt: Timestamp?
        /// 1 for the one that a redirect leads to; nil for one that is not chosen.
        var position: Int?
        /// Nil for a chosen one, and for the other URL of a mirror that is.
        var exclusion: Exclusion.Reason?
        var isPreferred = false
        var draw: Double?
        /// The next URL of the same mirror that it may be asked by, too; nil where there is none.
        fileprivate(set) var alternative: Int?
    }

    /// In the order of the map; empty where a record of it is damaged: nothing can be relied on then.
    private(set) var all: [Candidate] = []
    /// The chosen ones, best first; indexes into `all`.
    private(set) var chosen: [Int] = []
    /// Those that are left out, in the order of the map; indexes into `all`.
    private(set) var excluded: [Int] = []
    /// Whether the map knows the path at all; always so for the root, which everybody is taken to hold.
    let isKnown: Bool

    /// `report` is the Builder's about the snapshot's region, which tells when each was verified.
    init(
        _ request: PageRequest,
        in snapshot: Snapshot,
        _ map: borrowing RegionMap,
        timesFrom report: PageReport? = nil
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
            // The map's own times are cut to the hour.
            let time = report?.facts(of: map.text(point.id))?.verifiedAt
            all.append(
                Candidate(
                    rank: Int(point.rank),
                    verifiedAt: time ?? point.checkedAt.map { Timestamp(secondsSinceEpoch: $0) }
                )
            )
        }
        // The ranks that the choice went by.
        let country = request.wishes?.country ?? request.client.country
        let ranks = country.map { snapshot.ranks(for: $0) } ?? []
        for (index, rank) in zip(all.indices, ranks) { all[index].rank = Int(rank) }
        let latest = choose(request, in: snapshot)
        judgeOthers(request, in: snapshot, held: held, latest)
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
        _ chosenMirrors: [UInt64: Int]
    ) {
        let table = snapshot.table
        var latest = chosenMirrors
        var isHolder = [Bool](repeating: request.path.isEmpty, count: all.count)
        for index in held ?? [] where isHolder.indices.contains(index) { isHolder[index] = true }
        let pathHash =
            request.path.isEmpty ? nil : unsafe PathFilterView.hash(of: request.path.span.bytes)
        let avoided = request.wishes?.avoided ?? []
        for index in all.indices where all[index].position == nil {
            let entry = table.entries[index]
            if !isHolder[index] {
                all[index].exclusion = .notHeld
            } else if let reason = table.exclusion(
                of: entry,
                for: request.client,
                pathHash: pathHash,
                avoiding: avoided
            ) {
                all[index].exclusion = reason
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

    /// Why there is no mirror to be sent to; nil where there is one.
    var fallbackReason: FallbackReason? {
        if !chosen.isEmpty { return nil }
        if !isKnown { return .unknownPath }
        return excluded.allSatisfy { all[$0].exclusion == .notHeld } ? .noReplica : .noMirrorUp
    }
}

extension HealthReport {
    /// What is known of an exclusion, in a few words; nil where health is not its reason.
    func problem(_ reason: Exclusion.Reason?, of id: Span<UInt8>) -> String? {
        switch reason {
        case .down: facts(of: id).availability?.outage?.sentence
        case .doubted: facts(of: id).doubt?.reason.sentence
        default: nil
        }
    }
}

extension Exclusion.Reason {
    /// The reason for people.
    var sentence: StaticString {
        switch self {
        case .down: "is down"
        case .doubted: "is being looked at again"
        case .closed: "is closed by the operator"
        case .scheme: "is not reached by http or https"
        case .downgrade: "has no https, by which you came"
        case .weight: "is taken out by its weight of 0"
        case .clientCountry: "does not serve your country"
        case .addressFamily: "is reached by IPv6 only"
        case .share: "has had its share of the requests"
        case .avoided: "is left out because you asked for it"
        case .notHeld: "does not have this file"
        case .unusableURL: "has a URL that cannot be sent"
        }
    }
}
