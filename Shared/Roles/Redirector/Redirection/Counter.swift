import Synchronization

/// A number that only grows, and that threads share without a lock.
package final class Counter: Sendable {
    private let number = Atomic<UInt64>(0)

    package func count() {
        number.add(1, ordering: .relaxed)
    }

    package var value: UInt64 { number.load(ordering: .relaxed) }
}
