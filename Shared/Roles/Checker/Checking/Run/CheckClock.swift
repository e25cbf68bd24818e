import FunctionRuntime
import Linux
package import Time

/// The time of a run: one look at the wall clock when it begins, and a clock that only goes
/// forward.
///
/// So a wall clock that is set back while a run is under way cannot stretch its budget.
package protocol CheckClock {
    /// The present moment.
    var now: Timestamp { get }
    /// Seconds since the run began.
    var elapsed: Double { get }
}

/// The clocks of the system.
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
