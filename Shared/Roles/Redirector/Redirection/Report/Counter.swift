import Synchronization

/// The redirects to an access point: monotonic counters that threads share without a lock.
package final class Counter: Sendable {
    private let number = Atomic<UInt64>(0)
    private let passedOverNumber = Atomic<UInt64>(0)

    package func count() {
        number.add(1, ordering: .relaxed)
    }

    /// The number of redirects to it.
    package var value: UInt64 { number.load(ordering: .relaxed) }

    /// Counts a client that asks for another mirror.
    package func countPassedOver() {
        passedOverNumber.add(1, ordering: .relaxed)
    }

    /// The number of clients that got it and asked again, or that named its mirror in `?avoid=`.
    package var passedOver: UInt64 { passedOverNumber.load(ordering: .relaxed) }
}
