import Events
import Histories
import HealthFormat
import Mirrors
import ObjectStorage
import RunRecords
import StatusFacts
import Time

/// Brings the history up to date, once an hour.
struct HistoryKeeping {
    let store: any BlobStore
    let now: Timestamp

    /// Events of an hour are awaited for so long after its end, in seconds.
    private static let patience: Int64 = 600
    /// The hours after the end of a day in which a run still tells how the day ended.
    private static let sampleHours: Int64 = 6

    /// The history with the hours that are over, or why it cannot be used.
    ///
    /// A blob that cannot be read is left as it is. `events` gives those since a moment.
    func updated(
        with facts: DeploymentFacts,
        events: (Timestamp) throws(StorageError) -> [Event]
    ) throws(StorageError) -> Result<History, HistoryError> {
        let end = max(0, now.advanced(bySeconds: -Self.patience).secondsSinceEpoch / 3600)
        let watched = facts.watched
        return try store.update(BlobKey(History.key)) {
            blob throws(StorageError) -> (bytes: [UInt8]?, value: Result<History, HistoryError>) in
            var history: History
            do throws(HistoryError) {
                history =
                    try blob.map { blob throws(HistoryError) in
                        try History(decoding: blob.bytes)
                    } ?? History(beginningAt: Self.first(watched, end: end))
            } catch {
                return (nil, .failure(error))
            }
            guard history.endHour < end else { return (nil, .success(history)) }
            let start = Timestamp(secondsSinceEpoch: history.endHour * 3600)
            let before = history.endDay
            history.extend(
                to: end,
                watched: watched,
                Self.evidence(facts, try events(start))
            )
            if history.endDay > before, end - history.endDay * 24 <= Self.sampleHours {
                history.note(facts.samples)
            }
            history.note(Spread(facts.mirrors).publications(now: now))
            return (history.encoded(), .success(history))
        }
    }

    /// The hour in which a new history begins: the one since which probes ran.
    private static func first(_ watched: Range<Timestamp>, end: Int64) -> Int64 {
        min(end, max(end - Int64(History.hourLimit), watched.lowerBound.secondsSinceEpoch / 3600))
    }

    /// What probe and events tell, by access point.
    private static func evidence(
        _ facts: DeploymentFacts,
        _ events: [Event]
    ) -> [AccessPoint.ID: UptimeEvidence] {
        var evidence: [AccessPoint.ID: UptimeEvidence] = [:]
        for point in facts.mirrors.flatMap(\.points) {
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
}

extension DeploymentFacts {
    /// The time up to now in which the probe, or a checker that probes too, succeeded again and
    /// again; empty where no record tells.
    var watched: Range<Timestamp> {
        let stretches = runs.filter { $0.role == .probe || $0.role == .checker }
            .compactMap { run -> Range<Timestamp>? in
                guard let start = run.steadySince, let end = run.lastSuccessAt, start < end
                else { return nil }
                return start..<end
            }
            .sorted { $0.upperBound > $1.upperBound }
        guard var found = stretches.first else { return now..<now }
        for stretch in stretches where stretch.upperBound >= found.lowerBound {
            found = min(found.lowerBound, stretch.lowerBound)..<found.upperBound
        }
        return found
    }

    /// What the mirrors are like; of one that carries a part of the tree, completeness says
    /// nothing.
    var samples: [Mirror.ID: History.Sample] {
        guard publishedAt != nil else { return [:] }
        var samples: [Mirror.ID: History.Sample] = [:]
        for mirror in enabled where !mirror.isPartial {
            guard let completeness = mirror.completeness else { continue }
            samples[mirror.id] = History.Sample(
                completeness: completeness,
                lagSeconds: mirror.behindSeconds(now: now) ?? 0
            )
        }
        return samples
    }
}

extension Spread {
    /// What is remembered of them.
    func publications(now: Timestamp) -> [History.Publication] {
        batches.map { batch in
            History.Publication(
                at: batch.at,
                fileCount: batch.fileCount,
                mirrorCount: batch.mirrorCount
            ) { delay in
                now.seconds(since: batch.at) < delay ? nil : batch.share(after: delay)
            }
        }
    }
}
