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
    /// Both from one reading.
    var reading: (elapsed: Double, now: Timestamp) { get }
}

extension CheckClock {
    package var reading: (elapsed: Double, now: Timestamp) { (elapsed, now) }
}

/// The system's clocks.
package struct SystemCheckClock: CheckClock {
    private let startedAt = Timestamp.now
    private let start = Clock.continuousNanoseconds()

    package init() {}

    package var now: Timestamp { reading.now }

    package var elapsed: Double { reading.elapsed }

    package var reading: (elapsed: Double, now: Timestamp) {
        let nanoseconds = elapsedNanoseconds
        return (
            Double(nanoseconds) / 1e9,
            startedAt.advanced(bySeconds: Int64(nanoseconds / 1_000_000_000))
        )
    }

    private var elapsedNanoseconds: UInt64 { Clock.continuousNanoseconds() - start }
}
