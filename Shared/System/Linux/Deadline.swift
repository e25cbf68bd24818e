import Glibc

/// A time limit that is running.
///
/// It reads the system's clock itself, because `ContinuousClock` would link the runtime of Swift's
/// tasks into the redirector, which starts for a single request.
package struct Deadline: Sendable {
    /// Since the system was started.
    private let end: Duration

    /// The limit starts now.
    package init(after limit: Duration) {
        end = Self.now + limit
    }

    /// How long it is until then; negative afterwards.
    package var left: Duration { end - Self.now }
    package var isOver: Bool { left <= .zero }

    private static var now: Duration {
        var time = timespec()
        unsafe clock_gettime(CLOCK_BOOTTIME, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
