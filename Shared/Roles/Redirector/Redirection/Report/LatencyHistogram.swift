import Synchronization

/// The duration of answers, from the event that announced the request to the last byte that the
/// kernel accepted, in the buckets of a Prometheus histogram.
package final class LatencyHistogram: Sendable {
    /// The upper bounds in nanoseconds, as text in seconds.
    private static let bounds: [(nanoseconds: UInt64, seconds: String)] = [
        (25_000, "0.000025"), (50_000, "0.00005"), (100_000, "0.0001"), (250_000, "0.00025"),
        (500_000, "0.0005"), (1_000_000, "0.001"), (5_000_000, "0.005"), (25_000_000, "0.025"),
        (100_000_000, "0.1"), (1_000_000_000, "1"),
    ]

    /// One for each bound, and the last for anything longer.
    private let buckets = InlineArray<11, Atomic<UInt64>> { _ in Atomic(0) }
    private let nanoseconds = Atomic<UInt64>(0)

    package init() {}

    /// Counts this many answers, each of which took this long.
    package func count(_ answers: UInt64, nanoseconds: UInt64) {
        var index = 0
        while index < Self.bounds.count, nanoseconds > Self.bounds[index].nanoseconds { index += 1 }
        buckets[index].add(answers, ordering: .relaxed)
        self.nanoseconds.add(answers &* nanoseconds, ordering: .relaxed)
    }

    /// Each bound with the number of answers up to it, then their sum and count.
    package func read() -> (
        buckets: [(bound: String, count: UInt64)], seconds: String, count: UInt64
    ) {
        var total: UInt64 = 0
        var read: [(bound: String, count: UInt64)] = []
        for (index, bound) in Self.bounds.enumerated() {
            total &+= buckets[index].load(ordering: .relaxed)
            read.append((bound.seconds, total))
        }
        total &+= buckets[Self.bounds.count].load(ordering: .relaxed)
        read.append(("+Inf", total))
        let sum = nanoseconds.load(ordering: .relaxed)
        let fraction = String(1_000_000_000 + sum % 1_000_000_000).dropFirst()
        return (read, "\(sum / 1_000_000_000).\(fraction)", total)
    }
}
