import HTTPTransport
import Linux
import ObjectStorage

/// The attempts at one operation: how many, how long, and the pauses between them.
///
/// A server that says `Retry-After` is obeyed where the time allows.
struct Attempts {
    /// What bounds them.
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

    /// The number of the attempt, from 1.
    var number: Int { backoff.attempt }

    /// What the next attempt may take.
    ///
    /// A connection or a byte is given up early enough to leave time for another attempt.
    var patience: Patience {
        Patience(
            connectSeconds: min(limits.connectSeconds, limits.totalSeconds / 3),
            stallSeconds: min(limits.stallSeconds, limits.totalSeconds / 3),
            totalSeconds: max(backoff.remainingSeconds, 0.001)
        )
    }

    /// Sleeps until the next attempt.
    ///
    /// Throws ``StorageError/unavailable(operation:reason:attempts:)`` when there is none left.
    mutating func pause(after reason: String, retryAfter: Double?) throws(StorageError) {
        let failed = number
        guard failed < limits.count, backoff.pause(atLeast: retryAfter ?? 0) else {
            throw .unavailable(operation: operation, reason: reason, attempts: failed)
        }
    }
}
