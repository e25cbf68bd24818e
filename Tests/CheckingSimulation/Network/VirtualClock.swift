import Checking
import Mirrors
import Synchronization
import Time

/// The clock of one run: it advances as fast as the run requests, and stops at the end of each step
/// of the simulation until everything else has arrived there.
final class VirtualClock: CheckClock {
    /// When the run began, in seconds of the simulation.
    let startedAt: Double
    private(set) var elapsed = 0.0
    /// The limit to which it may advance, in seconds of the simulation.
    private var horizon: Double
    private let park: () -> Double
    /// The error of the wall clock.
    private let wallOffset: Int
    /// For callers on other threads.
    let wallSeconds: WallSeconds

    /// The seconds since 1970 that the wall clock shows.
    final class WallSeconds: Sendable {
        private let seconds: Atomic<Int64>

        init(_ seconds: Int64) {
            self.seconds = Atomic(seconds)
        }

        func get() -> Int64 { seconds.load(ordering: .relaxed) }

        func set(_ value: Int64) { seconds.store(value, ordering: .relaxed) }
    }

    /// `park` is called at the horizon, and returns the next one.
    init(
        startedAt: Double,
        horizon: Double = .infinity,
        wallOffset: Int = 0,
        park: @escaping () -> Double = { .infinity }
    ) {
        self.startedAt = startedAt
        self.horizon = horizon
        self.wallOffset = wallOffset
        self.park = park
        wallSeconds = WallSeconds(SimulatedTime.epoch + Int64(startedAt) + Int64(wallOffset))
        if startedAt >= horizon { waitAtHorizon() }
    }

    /// Seconds of the simulation.
    var time: Double { startedAt + elapsed }

    var now: Timestamp {
        SimulatedTime.timestamp(Int(startedAt) + wallOffset + Int(elapsed))
    }

    func advance(to newElapsed: Double) {
        guard newElapsed > elapsed else { return }
        while startedAt + newElapsed >= horizon {
            elapsed = max(elapsed, horizon - startedAt)
            waitAtHorizon()
        }
        elapsed = newElapsed
        wallSeconds.set(SimulatedTime.epoch + Int64(startedAt + elapsed) + Int64(wallOffset))
    }

    private func waitAtHorizon() {
        while startedAt + elapsed >= horizon { horizon = park() }
    }
}
