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
                facts.uptimeEvidence(try events(start))
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
}

extension DeploymentFacts {
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
