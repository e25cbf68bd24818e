import Catalogs
import HealthFormat
import HolderFormat
import Mirrors
import RunRecords
package import Time

/// The state of an access point as a whole, apart from its files.
package struct AccessPointStanding: Equatable, Sendable {
    /// Why it is unusable, as the end of a sentence that begins with its name; nil if no problem is
    /// known.
    package var problem: String?
    /// For a mirror that is behind, the time until which its tree is complete: it has nearly all
    /// that was published until then, and almost nothing published later.
    package var completeUntil: Timestamp?

    package init(problem: String? = nil, completeUntil: Timestamp? = nil) {
        self.problem = problem
        self.completeUntil = completeUntil
    }
}

extension AccessPointStanding {
    /// Why an access point holds nothing: the probe's finding comes first, then the check's
    /// answers, then what is known of its files.
    static func problem(
        _ id: AccessPoint.ID,
        row: HolderTable.Row?,
        check: CheckRecord.Line?,
        health: Health
    ) -> String? {
        if let status = health.statuses[id], let outage = status.outage {
            return sentence(outage, since: status.since)
        }
        if let doubt = health.doubts[id], doubt.scope == .whole {
            let clause = doubt.reason.trouble.clause
            return "\(clause) since \(minute(doubt.since)): \(doubt.reason.sentence)"
        }
        if let status = check?.answers.refusedStatus {
            return "\(Trouble.refusesUs.clause) (\(status))"
        }
        guard let counts = row?.shortfallCounts, let row else { return nil }
        let answeredCount = [.lacking, .altered, .outdated, .refused].reduce(0) {
            $0 + (counts[$1, default: 0])
        }
        let openCount = counts[.unasked, default: 0] + counts[.unanswered, default: 0]
        if answeredCount == 0, openCount > 0, row.unprovenCount == 0 {
            return counts[.unanswered, default: 0] > 0
                ? "gave no answer to what it was asked" : "has not been checked yet"
        }
        guard openCount == 0, row.unprovenCount == 0, answeredCount > 0 else { return nil }
        if counts[.lacking] == answeredCount { return "has none of the files" }
        return counts[.refused] == answeredCount ? "refuses all files" : nil
    }

    private static func sentence(_ outage: Outage, since: Timestamp) -> String {
        let clause = outage.trouble.clause
        guard outage.trouble == .refusesUs else {
            return "\(clause) since \(minute(since)): \(outage.sentence)"
        }
        return "\(clause) (\(outage.status)) since \(minute(since))"
    }

    /// `2026-11-22 15:47 UTC`.
    private static func minute(_ time: Timestamp) -> String {
        let text = "\(time)"
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5)) UTC"
    }
}

/// The files of a catalog in the order of their publication.
struct PublicationOrder {
    private let catalog: Catalog
    private let liveCount: Int
    private let sets: SetTable
    private lazy var order: [(id: FileID, day: Int64)] = Self.order(of: catalog, sets)

    /// A mirror with less than this share of what was published until a day was not complete then.
    private static let completePercent = 99
    /// A mirror with more than this share of what came later is not behind, but incomplete.
    private static let behindPercent = 20

    init(_ catalog: Catalog, _ sets: SetTable = SetTable()) {
        self.catalog = catalog
        self.sets = sets
        liveCount = catalog.ids.count { catalog.isLive($0) }
    }

    /// Orders by publication.
    ///
    /// Files of the first generation existed before it, so their modification times count.
    ///
    /// For files that changed in place, the last change counts, and for members of a set, that of
    /// the whole set: a mirror that is behind lacks their present versions, however old the names
    /// are.
    private static func order(
        of catalog: Catalog,
        _ sets: SetTable
    ) -> [(id: FileID, day: Int64)] {
        let live = catalog.ids.filter { catalog.isLive($0) }
        let first = live.map { catalog[$0].firstSeen }.min() ?? Timestamp(secondsSinceEpoch: 0)
        var changes: [UInt32: Int64] = [:]
        sets.forEachMember { changes[$0] = $1 }
        return live.map { id in
            let file = catalog[id]
            var time = file.firstSeen > first ? file.firstSeen : min(file.modified, first)
            if catalog.hasChanged(id) { time = catalog.expectedSince(id) }
            let seconds = max(time.secondsSinceEpoch, changes[id.rawValue] ?? 0, 0)
            return (id, seconds / 86_400)
        }.sorted { ($0.day, $0.id.rawValue) < ($1.day, $1.id.rawValue) }
    }

    /// The end of the day until which the access point of `row` has at least 99 % of what was
    /// published, if it has hardly anything newer; nil if it is not behind.
    mutating func completeUntil(_ row: HolderTable.Row, in holders: HolderTable) -> Timestamp? {
        let promisedCount = liveCount - row.shortfallCounts[.ruledOut, default: 0]
        guard row.heldCount > 0, row.shortfallCounts[.ruledOut] == nil,
            row.heldCount * 100 < promisedCount * Self.completePercent
        else { return nil }
        var heldCount = 0
        var best: (day: Int64, heldCount: Int, count: Int)?
        for (index, file) in order.enumerated() {
            if holders.holds(row.index, file.id) { heldCount += 1 }
            let isLastOfDay = index + 1 == order.count || order[index + 1].day != file.day
            guard isLastOfDay, heldCount * 100 >= (index + 1) * Self.completePercent else {
                continue
            }
            best = (file.day, heldCount, index + 1)
        }
        guard let best else { return nil }
        let laterCount = order.count - best.count
        guard laterCount > 0,
            (row.heldCount - best.heldCount) * 100 <= laterCount * Self.behindPercent
        else { return nil }
        return Timestamp(secondsSinceEpoch: (best.day + 1) * 86_400)
    }
}
