package import Events
import HealthFormat
package import Histories
package import Mirrors
import RunRecords
package import Time

// When mirrors were up, from the latest probe and the events before it.

extension DeploymentFacts {
    /// The time until now in which the probe, or a checker that also probes, succeeded regularly;
    /// empty without a record.
    package var watched: Range<Timestamp> {
        let periods = runs.filter { $0.role == .probe || $0.role == .checker }
            .compactMap { run -> Range<Timestamp>? in
                guard let start = run.steadySince, let end = run.lastSuccessAt, start < end
                else { return nil }
                return start..<end
            }
            .sorted { $0.upperBound > $1.upperBound }
        guard var found = periods.first else { return now..<now }
        for stretch in periods where stretch.upperBound >= found.lowerBound {
            found = min(found.lowerBound, stretch.lowerBound)..<found.upperBound
        }
        return found
    }

    /// The findings of probes and events, by access point.
    package func uptimeEvidence(_ events: [Event]) -> [AccessPoint.ID: UptimeEvidence] {
        var evidence: [AccessPoint.ID: UptimeEvidence] = [:]
        for point in mirrors.flatMap(\.points) {
            guard let status = point.status else { continue }
            evidence[point.accessPoint.id] = UptimeEvidence(
                isUp: status.isUp,
                since: status.since,
                checkedAt: status.checkedAt
            )
        }
        for event in events { evidence[event.subject]?.note(event) }
        return evidence
    }

    /// The latest 24 hours, including the current one, from their events.
    ///
    /// It does not depend on runs of `status`.
    package func latestDay(_ events: [Event]) -> History {
        let end = now.secondsSinceEpoch / 3600 + 1
        var history = History(beginningAt: end - 24)
        history.extend(
            to: end,
            watched: watched,
            uptimeEvidence(events),
            knowsBeginning: true
        )
        return history
    }
}
