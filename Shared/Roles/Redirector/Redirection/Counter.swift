import Synchronization

/// What became of an access point: numbers that only grow, and that threads share without a lock.
package final class Counter: Sendable {
    private let number = Atomic<UInt64>(0)
    private let passedOverNumber = Atomic<UInt64>(0)

    package func count() {
        number.add(1, ordering: .relaxed)
    }

    /// The redirects to it.
    package var value: UInt64 { number.load(ordering: .relaxed) }

    /// Counts a client that wants another one.
    package func countPassedOver() {
        passedOverNumber.add(1, ordering: .relaxed)
    }

    /// The redirects of clients that had it and asked again, or that name its mirror in `?avoid=`.
    package var passedOver: UInt64 { passedOverNumber.load(ordering: .relaxed) }
}
