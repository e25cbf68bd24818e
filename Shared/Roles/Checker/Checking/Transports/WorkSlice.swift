/// A share of a transport's work that ends in time, however much is left to do.
///
/// A mirror decides how long its listings are. So what they cost is done in slices, between which
/// the run looks at its clock, its budget and at SIGTERM.
struct WorkSlice {
    private let end: Double
    private let clock: () -> Double
    private var looksAway = 0

    /// Long enough that slices cost next to nothing, short enough that several transports in a row
    /// stay below 50 ms.
    static let seconds = 0.01
    /// How many steps are taken between two looks at the clock.
    private static let stepsPerLook = 32

    /// `clock` tells seconds from any moment on.
    init(clock: @escaping () -> Double, seconds: Double = Self.seconds) {
        self.clock = clock
        end = clock() + seconds
    }

    /// Whether to stop; to be asked before each step of some microseconds.
    mutating func isOver() -> Bool {
        looksAway += 1
        guard looksAway >= Self.stepsPerLook else { return false }
        looksAway = 0
        return clock() >= end
    }

    /// The same before a step that may take a millisecond.
    mutating func isOverNow() -> Bool {
        looksAway = 0
        return clock() >= end
    }
}
