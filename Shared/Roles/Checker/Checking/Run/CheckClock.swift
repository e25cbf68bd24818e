import FunctionRuntime
import Linux
package import Time

/// The time of a run: the wall clock at its beginning, advanced by a monotonic clock.
///
/// So a wall clock that is set back during a run cannot extend its budget.
package protocol CheckClock {
    /// The present moment.
    var now: Timestamp { get }
    /// Seconds since the run began.
    var elapsed: Double { get }
}

/// The system's clocks.
package struct SystemCheckClock: CheckClock {
    private let startedAt = Timestamp.now
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant

    package init() {
        start = clock.now
    }

    package var now: Timestamp { startedAt.advanced(bySeconds: Int64(elapsed)) }

    package var elapsed: Double {
        (clock.now - start).inSeconds
    }
}
