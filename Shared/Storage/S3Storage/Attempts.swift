import Glibc
import HTTPTransport
import ObjectStorage

/// The attempts at one operation: how many, how long, and the pauses between them.
///
/// The pause before attempt n is random between 0 and the smaller of `cap` and `base` · 2ⁿ ("full
/// jitter": https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), so that
/// clients which failed together do not come back together. A server that says `Retry-After` is obeyed
/// where the time allows.
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
    private let deadline: Double
    private(set) var number = 1

    init(at operation: String, limits: Limits) {
        self.operation = operation
        self.limits = limits
        deadline = Self.monotonicSeconds() + limits.totalSeconds
    }

    /// What the next attempt may take.
    ///
    /// A connection or a byte is given up early enough to leave time for another attempt.
    var patience: Patience {
        let rest = max(deadline - Self.monotonicSeconds(), 0.001)
        return Patience(
            connectSeconds: min(limits.connectSeconds, limits.totalSeconds / 3),
            stallSeconds: min(limits.stallSeconds, limits.totalSeconds / 3),
            totalSeconds: rest
        )
    }

    /// Sleeps until the next attempt.
    ///
    /// Throws ``StorageError/unavailable(operation:reason:attempts:)`` when there is none left.
    mutating func pause(after reason: String, retryAfter: Double?) throws(StorageError) {
        let ceiling = min(limits.capSeconds, limits.baseSeconds * Double(1 << min(number, 20)))
        let pause = max(Double.random(in: 0...ceiling), retryAfter ?? 0)
        guard number < limits.count, Self.monotonicSeconds() + pause < deadline else {
            throw .unavailable(operation: operation, reason: reason, attempts: number)
        }
        number += 1
        Self.sleep(pause)
    }

    private static func monotonicSeconds() -> Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func sleep(_ seconds: Double) {
        var rest = timespec(
            tv_sec: Int(seconds),
            tv_nsec: Int((seconds - seconds.rounded(.down)) * 1e9)
        )
        var unslept = timespec()
        while unsafe nanosleep(&rest, &unslept) == -1, errno == EINTR { rest = unslept }
    }
}
