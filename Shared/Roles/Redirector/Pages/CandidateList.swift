import HealthFormat
import JSON
import Mirrors
import Redirection
import RegionMapFormat
import Time

/// Every access point of a map, seen by one client that asks for one file: the chosen ones in their
/// order, and all others with what keeps them off.
struct CandidateList {
    struct Candidate {
        /// The index in the map.
        let index: Int
        let id: String
        let mirrorID: String
        let mirrorName: String
        let baseURL: String
        let scheme: String
        let country: String?
        /// 0 is nearest; that of the client's country where it has ranks of its own.
        var rank: Int
        let weight: Int
        let maxSharePerMille: Int
        let hasIPv4: Bool
        let hasIPv6: Bool
        let isPartial: Bool
        let distanceKilometres: Int?
        /// When the latest proof that the map rests on was made; the map says it, or else the report.
        var verifiedAt: Timestamp?
        /// 1 for the one that a redirect leads to; nil for one that is not chosen.
        var position: Int?
        /// Nil for a chosen one, and for the other URL of a mirror that is.
        var exclusion: Exclusion.Reason?
        /// What health says about that; nil where another reason excludes it.
        var problem: String?
        var isPreferred = false
        var draw: Double?
    }

    /// In the order of the map.
    private(set) var all: [Candidate] = []
    /// The chosen ones, best first; indexes into `all`.
    private(set) var order: [Int] = []
    /// Whether the map knows the path at all; always so for the root, which everybody is taken to hold.
    let isKnown: Bool

    /// `report` is the Builder's about the snapshot's region, which tells when each was verified.
    init(_ request: PageRequest, in snapshot: Snapshot, timesFrom report: JSONValue? = nil) {
        let held =
            request.path.isEmpty
            ? Array(snapshot.table.entries.indices) : snapshot.replicas(of: request.path)
        isKnown = held != nil
        let table = snapshot.table
        all =
            snapshot.withMap { map in
                table.entries.indices.compactMap { map.candidate(at: $0) }
            } ?? []
        guard all.count == table.entries.count else {
            // A damaged record: nothing here can be relied on.
            all = []
            return
        }
        let holders = Set(held ?? [])
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

        var chosenMirrors: Set<UInt64> = []
        // The ranks that the choice went by.
        let country = request.wishes?.country ?? request.client.country
        let ranks = country.map { snapshot.ranks(for: $0) } ?? []
        for (index, rank) in zip(all.indices, ranks) { all[index].rank = Int(rank) }
        for position in 0..<selection.count {
            let index = selection.accessPoint(at: position)
            all[index].position = position + 1
            all[index].isPreferred = selection.isPreferred(at: position)
            all[index].draw = selection.draw(at: position)
            order.append(index)
            chosenMirrors.insert(table.entries[index].seed)
        }
        let pathHash = request.path.isEmpty ? nil : PathFilter.hash(of: request.path[...])
        for index in all.indices where all[index].position == nil {
            let entry = table.entries[index]
            if !holders.contains(index) {
                all[index].exclusion = .notHeld
            } else if let reason = table.exclusion(
                of: entry,
                for: request.client,
                pathHash: pathHash,
                avoiding: request.wishes?.avoided ?? []
            ) {
                all[index].exclusion = reason
                all[index].problem = snapshot.health?.report.problem(reason, of: all[index].id)
            } else if !chosenMirrors.contains(entry.seed) {
                all[index].exclusion = .share
            }
        }
        addTimes(from: report)
    }

    /// Takes over from the Builder's report when each access point was verified.
    private mutating func addTimes(from report: JSONValue?) {
        guard case .object(let report)? = report, case .array(let mirrors)? = report["mirrors"]
        else { return }
        var times: [String: Timestamp] = [:]
        for case .object(let mirror) in mirrors {
            guard case .array(let points)? = mirror["accessPoints"] else { continue }
            for case .object(let point) in points {
                guard let id = point.string("id"), let text = point.string("verifiedAt") else {
                    continue
                }
                times[id] = Timestamp(rfc3339: Array(text.utf8).span)
            }
        }
        // The map's own times are cut to the hour.
        for index in all.indices {
            if let time = times[all[index].id] { all[index].verifiedAt = time }
        }
    }

    /// The chosen ones, best first.
    var chosen: [Candidate] { order.map { all[$0] } }

    /// The other URLs of the mirror of `candidate` that it may be asked by, too.
    func alternatives(to candidate: Candidate) -> [Candidate] {
        all.filter {
            $0.mirrorID == candidate.mirrorID && $0.position == nil && $0.exclusion == nil
        }
    }

    /// Those that are left out, in the order of the map.
    var excluded: [Candidate] { all.filter { $0.exclusion != nil } }
}

extension RegionMap {
    fileprivate func candidate(at index: Int) -> CandidateList.Candidate? {
        guard let point = accessPoint(at: index) else { return nil }
        return CandidateList.Candidate(
            index: index,
            id: string(point.id),
            mirrorID: string(point.mirrorID),
            mirrorName: string(point.mirrorName),
            baseURL: string(point.baseURL),
            scheme: point.scheme.map { "\($0)" } ?? "unknown",
            country: point.country.map { country in
                String(
                    decoding: [
                        UInt8(truncatingIfNeeded: country.rawValue),
                        UInt8(truncatingIfNeeded: country.rawValue >> 8),
                    ],
                    as: UTF8.self
                )
            },
            rank: Int(point.rank),
            weight: Int(point.weight),
            maxSharePerMille: Int(point.maxSharePerMille),
            hasIPv4: point.hasIPv4,
            hasIPv6: point.hasIPv6,
            isPartial: point.isPartial,
            distanceKilometres: point.distanceKilometres.map { Int($0) },
            verifiedAt: point.checkedAt.map { Timestamp(secondsSinceEpoch: $0) }
        )
    }

    fileprivate func string(_ text: RegionMapText) -> String {
        guard let bytes = bytes(of: text) else { return "" }
        return unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }
}

extension HealthReport {
    /// What is known of an exclusion, in a few words; nil where health is not its reason.
    fileprivate func problem(_ reason: Exclusion.Reason, of id: String) -> String? {
        switch reason {
        case .down: facts(of: id).availability?.outage?.sentence
        case .doubted: facts(of: id).doubt?.reason.sentence
        default: nil
        }
    }
}

extension Exclusion.Reason {
    /// The reason for people.
    var sentence: String {
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
