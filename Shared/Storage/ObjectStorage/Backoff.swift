import Glibc
import Linux

/// The pauses between attempts of an operation, until a deadline.
///
/// The pause after attempt n is random between 0 and the smaller of `cap` and `base` · 2ⁿ ("full
/// jitter": https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), so that
/// clients that failed together do not retry together.
package struct Backoff: Sendable {
    private let deadline: Double
    private let baseSeconds: Double
    private let capSeconds: Double
    /// The number of the current attempt, from 1.
    package private(set) var attempt = 1

    /// Begins the first attempt of an operation that may take `totalSeconds` in all.
    package init(totalSeconds: Double, baseSeconds: Double, capSeconds: Double) {
        deadline = Self.monotonicSeconds() + totalSeconds
        self.baseSeconds = baseSeconds
        self.capSeconds = capSeconds
    }

    /// The remaining time in seconds; never negative.
    package var remainingSeconds: Double { max(deadline - Self.monotonicSeconds(), 0) }

    /// Sleeps until the next attempt, at least `least` seconds; returns false at once if that would
    /// be too late.
    package mutating func pause(atLeast least: Double = 0) -> Bool {
        let ceiling = min(capSeconds, baseSeconds * Double(1 << min(attempt, 20)))
        let pause = max(Double.random(in: 0...ceiling), least)
        guard pause < remainingSeconds else { return false }
        attempt += 1
        Self.sleep(pause)
        return true
    }

    private static func monotonicSeconds() -> Double {
        Double(Clock.nanoseconds()) / 1e9
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
