import CheckStates
import Histories
import Mirrors
package import Time

/// How fast publications spread to the mirrors.
package struct Spread: Equatable, Sendable {
    /// One publication: its time, and how soon how many mirrors had all of it.
    package struct Batch: Equatable, Sendable {
        package var at: Timestamp
        package var fileCount: Int
        /// The number of mirrors watched since then.
        package var mirrorCount: Int
        /// For each mirror with all of it, the seconds it took, in ascending order.
        package var seconds: [UInt32]

        /// The share of mirrors that had all of it after `delay` seconds.
        package func share(after delay: Int64) -> Double {
            guard mirrorCount > 0 else { return 0 }
            let count = seconds.count { Int64($0) <= delay }
            return Double(count) / Double(mirrorCount)
        }
    }

    /// The delays to evaluate, in seconds: a quarter of an hour, half, one, two … 128 hours.
    package static let delays = History.Publication.delays

    /// Newest first.
    package private(set) var batches: [Batch] = []

    /// Covers the publications that `mirrors` were watched for; the fastest of a mirror's URLs
    /// counts.
    package init(_ mirrors: [MirrorFacts]) {
        var found: [Timestamp: (fileCount: Int, all: [UInt32?])] = [:]
        for mirror in mirrors where !mirror.isPartial {
            var best: [Timestamp: (fileCount: Int, seconds: UInt32?)] = [:]
            for point in mirror.webPoints {
                for batch in point.appearances {
                    let old = best[batch.firstSeen]
                    let seconds = [old?.seconds, batch.allSeconds].compactMap { $0 }.min()
                    best[batch.firstSeen] = (
                        max(old?.fileCount ?? 0, Int(batch.fileCount)), seconds
                    )
                }
            }
            for (at, entry) in best {
                var sum = found[at] ?? (0, [])
                sum.all.append(entry.seconds)
                sum.fileCount = max(sum.fileCount, entry.fileCount)
                found[at] = sum
            }
        }
        batches = found.map { at, entry in
            Batch(
                at: at,
                fileCount: entry.fileCount,
                mirrorCount: entry.all.count,
                seconds: entry.all.compactMap { $0 }.sorted()
            )
        }.sorted { $0.at > $1.at }
    }

    /// For a delay, the lowest tenth, median and highest tenth of the shares that batches had
    /// reached.
    ///
    /// Only batches of at least that age count; nil if there is none.
    package func band(after delay: Int64, now: Timestamp) -> (
        low: Double, middle: Double, high: Double
    )? {
        let shares = batches.filter { now.seconds(since: $0.at) >= delay }
            .map { $0.share(after: delay) }.sorted()
        guard !shares.isEmpty else { return nil }
        func at(_ part: Double) -> Double { shares[Int(Double(shares.count - 1) * part)] }
        return (at(0.1), at(0.5), at(0.9))
    }

    /// The time until half of the mirrors have all of a publication, as the median over
    /// publications.
    package var halfSeconds: Int64? {
        let times = batches.compactMap { batch -> Int64? in
            let half = (batch.mirrorCount + 1) / 2
            guard half > 0, batch.seconds.count >= half else { return nil }
            return Int64(batch.seconds[half - 1])
        }.sorted()
        return times.isEmpty ? nil : times[times.count / 2]
    }
}
