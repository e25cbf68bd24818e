package import Events
package import Mirrors
package import Time

/// Evidence of when an access point was up: the latest result of the probe, and earlier events.
package struct UptimeEvidence: Equatable, Sendable {
    private struct Change: Equatable, Sendable {
        let at: Timestamp
        let isUp: Bool
    }

    private let isUp: Bool
    private let since: Timestamp
    private let checkedAt: Timestamp
    private var changes: [Change] = []

    /// The access point is up or down since `since`, as a probe at `checkedAt` found.
    package init(isUp: Bool, since: Timestamp, checkedAt: Timestamp) {
        self.isUp = isUp
        self.since = since
        self.checkedAt = checkedAt
    }

    /// Adds that it went up or down; events must be in the order of time.
    package mutating func note(_ event: Event) {
        guard event.kind == .up || event.kind == .down else { return }
        changes.append(Change(at: event.at, isUp: event.kind == .up))
    }

    /// A period in which the state is known.
    struct Period: Equatable {
        let start: Timestamp
        let end: Timestamp
        let isUp: Bool
    }

    /// The periods from the first change on, and with `wasKnown` the one before it.
    ///
    /// If the latest event was lost, the time of the change that the probe noted is used instead.
    func periods(wasKnown: Bool) -> [Period] {
        var found: [Period] = []
        if wasKnown, let first = changes.first {
            found.append(
                Period(start: Timestamp(secondsSinceEpoch: 0), end: first.at, isUp: !first.isUp)
            )
        }
        for (change, next) in zip(changes, changes.dropFirst()) {
            found.append(Period(start: change.at, end: next.at, isUp: change.isUp))
        }
        var start = since
        if let last = changes.last {
            start = last.isUp == isUp ? last.at : max(last.at, since)
            found.append(Period(start: last.at, end: start, isUp: last.isUp))
        }
        found.append(Period(start: start, end: checkedAt, isUp: isUp))
        return found
    }

    /// The minutes up in an hour, ``History/unknownHour`` if less than a minute of it is known.
    ///
    /// Parts of the hour outside of `watched`, or of which nothing is known, are assumed to be like
    /// the rest. 0 and 60 are exact: a second down makes 59.
    static func minutes(
        _ periods: [Period],
        in hour: Int64,
        watched: Range<Timestamp>
    ) -> UInt8 {
        let start = max(hour * 3600, watched.lowerBound.secondsSinceEpoch)
        let end = min(hour * 3600 + 3600, watched.upperBound.secondsSinceEpoch)
        var known: Int64 = 0
        var up: Int64 = 0
        for stretch in periods {
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
    /// Hours beyond ``hourLimit`` are skipped. The state before the first change of an access point
    /// counts if the access point is already in the history, or if `knowsBeginning` says that the
    /// events go back as far as the history does.
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
        let periods = Dictionary(
            uniqueKeysWithValues: evidence.map { id, evidence in
                (id, evidence.periods(wasKnown: knowsBeginning || points[id] != nil))
            }
        )
        while endHour < hour {
            let next = endHour
            let minutes = periods.mapValues {
                UptimeEvidence.minutes($0, in: next, watched: watched)
            }
            append(minutes.filter { $0.value < Self.unknownHour })
        }
    }
}
