/// A slice of a transport's work that ends in time, however much is left to do.
///
/// A mirror decides how long its listings are. So they are processed in slices, between which the
/// run checks its clock, its budget and SIGTERM.
struct WorkSlice {
    private let end: Double
    private let clock: () -> Double
    private var looksAway = 0

    /// Long enough to make slices cheap, short enough for several transports in a row to stay below
    /// 50 ms.
    static let seconds = 0.01
    /// The number of steps between two checks of the clock.
    private static let stepsPerLook = 32

    /// `clock` returns seconds from any epoch.
    init(clock: @escaping () -> Double, seconds: Double = Self.seconds) {
        self.clock = clock
        end = clock() + seconds
    }

    /// Whether to stop; call it before each step of a few microseconds.
    mutating func isOver() -> Bool {
        looksAway += 1
        guard looksAway >= Self.stepsPerLook else { return false }
        looksAway = 0
        return clock() >= end
    }

    /// Whether to stop; call it before a step that may take a millisecond.
    mutating func isOverNow() -> Bool {
        looksAway = 0
        return clock() >= end
    }
}
