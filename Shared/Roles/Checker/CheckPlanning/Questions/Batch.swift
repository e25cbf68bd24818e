import Catalogs
import Time

/// The files that one generation of the catalog added and that are not there yet.
struct Batch: Sendable {
    /// The generation.
    var generation: UInt32
    /// When the newest of the files was first expected.
    var since: Timestamp
    var files: [FileID] = []
    /// When one of the files was last asked for; nil before the first time.
    var polledAt: Timestamp?
    /// Not polled before this time, because others are more urgent; nil if none are.
    var postponedUntil: Timestamp?
    /// Whether all of it was asked for in this visit, because one of its files appeared.
    var isAskedWhole = false

    init(generation: UInt32, since: Timestamp) {
        self.generation = generation
        self.since = since
    }

    /// How long it rests after the last poll: a quarter of an hour, or a tenth of its age.
    var restSeconds: Int64 {
        guard let polledAt else { return 0 }
        return max(PolicySettings.pollSeconds, polledAt.seconds(since: since) / 10)
    }

    var nextPollAt: Timestamp {
        let dueAt = (polledAt ?? since).advanced(bySeconds: restSeconds)
        return postponedUntil.map { max($0, dueAt) } ?? dueAt
    }
}
