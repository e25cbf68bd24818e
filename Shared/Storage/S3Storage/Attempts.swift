import HTTPTransport
import Linux
import ObjectStorage

/// The attempts of one operation: their number, their time limits, and the pauses between them.
///
/// A server's `Retry-After` is obeyed if the time allows.
struct Attempts {
    /// The limits of an operation.
    struct Limits: Hashable, Sendable {
        var count = 6
        var totalSeconds = 60.0
        var connectSeconds = 5.0
        var stallSeconds = 10.0
        var baseSeconds = 0.1
        var capSeconds = 5.0
    }

    let operation: String
    private let limits: Limits
    private var backoff: Backoff

    init(at operation: String, limits: Limits) {
        self.operation = operation
        self.limits = limits
        backoff = Backoff(
            totalSeconds: limits.totalSeconds,
            baseSeconds: limits.baseSeconds,
            capSeconds: limits.capSeconds
        )
    }

    /// The number of the current attempt, from 1.
    var number: Int { backoff.attempt }

    /// The time limits of the next attempt.
    ///
    /// A stalled connection is given up early enough to leave time for another attempt.
    var patience: Patience {
        Patience(
            connectSeconds: min(limits.connectSeconds, limits.totalSeconds / 3),
            stallSeconds: min(limits.stallSeconds, limits.totalSeconds / 3),
            totalSeconds: max(backoff.remainingSeconds, 0.001)
        )
    }

    /// Sleeps until the next attempt.
    ///
    /// Throws ``StorageError/unavailable(operation:reason:attempts:)`` if there is none left.
    mutating func pause(after reason: String, retryAfter: Double?) throws(StorageError) {
        let failed = number
        guard failed < limits.count, backoff.pause(atLeast: retryAfter ?? 0) else {
            throw .unavailable(operation: operation, reason: reason, attempts: failed)
        }
    }
}
