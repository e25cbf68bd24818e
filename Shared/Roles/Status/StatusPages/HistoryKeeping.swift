import Events
import Histories
import HealthFormat
import Mirrors
import ObjectStorage
import RunRecords
import StatusFacts
import Time

/// Updates the history once an hour.
struct HistoryKeeping {
    let store: any BlobStore
    let now: Timestamp

    /// How long after its end an hour may still get events, in seconds.
    private static let patience: Int64 = 600
    /// How many hours after the end of a day a run still counts as its final state.
    private static let sampleHours: Int64 = 6

    /// The history including the hours that are over, or why it is unusable.
    ///
    /// An unreadable blob is left unchanged. `events` returns those since a time.
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

    /// The hour in which a new history begins: since then probes have been running.
    private static func first(_ watched: Range<Timestamp>, end: Int64) -> Int64 {
        min(end, max(end - Int64(History.hourLimit), watched.lowerBound.secondsSinceEpoch / 3600))
    }
}

extension DeploymentFacts {
    /// The present state of the mirrors, without completeness for those that carry a part of the
    /// tree.
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
    /// The publications to remember.
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
