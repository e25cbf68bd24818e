/// Decides when a loop looks at storage, which happens only while requests arrive.
///
/// Times are those of ``Clock/milliseconds()``.
struct LookSchedule {
    /// The time between two looks.
    private let interval: Int64
    /// How long requests wait for the first look, and for the first one after a pause.
    private let (patience, patienceAfterPause): (Int64, Int64)
    /// When the next look is due.
    private var dueAt: Int64
    /// When the current look began; nil if there is none.
    private(set) var beganAt: Int64?
    private var isFirst = true
    private var lastAskedAt: Int64

    /// The maximum wait for the first look after a pause, in milliseconds, if the wait for the very
    /// first one is longer.
    private static let longestAfterPause: Int64 = 300

    /// `age` is the time since the last look at storage before the start, in milliseconds; nil if
    /// there was none.
    init(interval: Int64, patience: Int64, age: Int64?, now: Int64) {
        self.interval = interval
        self.patience = patience
        patienceAfterPause = min(patience, Self.longestAfterPause)
        dueAt = age.map { now + interval - $0 } ?? now
        isFirst = age == nil
        lastAskedAt = now
    }

    /// Whether to start a look.
    func isDue(_ time: Int64) -> Bool {
        time >= dueAt && beganAt == nil
    }

    /// Whether a request at `time` comes after such a pause that the known state may be outdated,
    /// so that it waits for the due look.
    func isAfterPause(_ time: Int64) -> Bool {
        isDue(time) && time - lastAskedAt > interval
    }

    /// Until when requests wait for the current look.
    var patienceEnd: Int64? {
        beganAt.map { $0 + (isFirst ? patience : patienceAfterPause) }
    }

    mutating func asked(at time: Int64) {
        lastAskedAt = time
    }

    mutating func began(at time: Int64) {
        beganAt = time
    }

    mutating func ended(at time: Int64) {
        beganAt = nil
        isFirst = false
        dueAt = time + interval
    }
}
