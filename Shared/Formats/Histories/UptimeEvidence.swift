package import Events
package import Mirrors
package import Time

/// What tells when an access point was up: what the probe last found there, and the events before.
package struct UptimeEvidence: Equatable, Sendable {
    private struct Change: Equatable, Sendable {
        let at: Timestamp
        let isUp: Bool
    }

    private let isUp: Bool
    private let since: Timestamp
    private let checkedAt: Timestamp
    private var changes: [Change] = []

    /// Up or down `since` then, as a probe of `checkedAt` found.
    package init(isUp: Bool, since: Timestamp, checkedAt: Timestamp) {
        self.isUp = isUp
        self.since = since
        self.checkedAt = checkedAt
    }

    /// Adds that it went up or down; in the order of time.
    package mutating func note(_ event: Event) {
        guard event.kind == .up || event.kind == .down else { return }
        changes.append(Change(at: event.at, isUp: event.kind == .up))
    }

    /// A stretch of time in which it is known how it was.
    struct Stretch: Equatable {
        let start: Timestamp
        let end: Timestamp
        let isUp: Bool
    }

    /// The stretches from the first change on, and with `wasKnown` what was before it.
    ///
    /// Where the latest event was lost, the probe's own time of the change stands for it.
    func stretches(wasKnown: Bool) -> [Stretch] {
        var found: [Stretch] = []
        if wasKnown, let first = changes.first {
            found.append(
                Stretch(start: Timestamp(secondsSinceEpoch: 0), end: first.at, isUp: !first.isUp)
            )
        }
        for (change, next) in zip(changes, changes.dropFirst()) {
            found.append(Stretch(start: change.at, end: next.at, isUp: change.isUp))
        }
        var start = since
        if let last = changes.last {
            start = last.isUp == isUp ? last.at : max(last.at, since)
            found.append(Stretch(start: last.at, end: start, isUp: last.isUp))
        }
        found.append(Stretch(start: start, end: checkedAt, isUp: isUp))
        return found
    }

    /// The minutes up in an hour, ``History/unknownHour`` where less than a minute of it is known.
    ///
    /// A part of the hour outside of `watched`, or of which nothing is known, counts as the rest
    /// does. All and nothing are exact: a second down makes 59.
    static func minutes(
        _ stretches: [Stretch],
        in hour: Int64,
        watched: Range<Timestamp>
    ) -> UInt8 {
        let start = max(hour * 3600, watched.lowerBound.secondsSinceEpoch)
        let end = min(hour * 3600 + 3600, watched.upperBound.secondsSinceEpoch)
        var known: Int64 = 0
        var up: Int64 = 0
        for stretch in stretches {
            let from = max(start, stretch.start.secondsSinceEpoch)
            let to = min(end, stretch.end.secondsSinceEpoch)
            guard from < to else { continue }
            known += to - from
            if stretch.isUp { up += to - from }
        }
        guard known >= 60 else { return History.unknownHour }
        guard up < known else { return 60 }
        return up == 0 ? 0 : UInt8(min(59, max(1, up * 60 / known)))
    }
}

extension History {
    /// Adds the hours up to `hour`, in which probes ran during `watched`.
    ///
    /// Hours beyond ``hourLimit`` are skipped. How an access point was before its first change
    /// counts where it is in the history already, or where `knowsBeginning` says that the events go
    /// back as far as the history does.
    package mutating func extend(
        to hour: Int64,
        watched: Range<Timestamp>,
        _ evidence: [AccessPoint.ID: UptimeEvidence],
        knowsBeginning: Bool = false
    ) {
        guard hour - endHour <= Int64(Self.dayLimit) * 24 else {
            let publications = publications
            self = History(beginningAt: hour)
            self.publications = publications
            return
        }
        let stretches = Dictionary(
            uniqueKeysWithValues: evidence.map { id, evidence in
                (id, evidence.stretches(wasKnown: knowsBeginning || points[id] != nil))
            }
        )
        while endHour < hour {
            let next = endHour
            let minutes = stretches.mapValues {
                UptimeEvidence.minutes($0, in: next, watched: watched)
            }
            append(minutes.filter { $0.value < Self.unknownHour })
        }
    }
}
