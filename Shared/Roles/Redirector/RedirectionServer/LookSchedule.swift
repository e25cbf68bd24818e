/// Decides when a loop looks at storage, which it does only while requests come.
///
/// Times are those of ``Clock/milliseconds()``.
struct LookSchedule {
    /// Between two looks.
    private let interval: Int64
    /// How long requests wait for the first look, and for the first one after a pause.
    private let (patience, patienceAfterPause): (Int64, Int64)
    /// When the next look is due.
    private var dueAt: Int64
    /// When the current look began; nil if there is none.
    private(set) var beganAt: Int64?
    private var isFirst = true
    private var lastAskedAt: Int64

    /// How long a request waits for the first look after a pause, in milliseconds, if it would wait
    /// longer for the first one of all.
    private static let longestAfterPause: Int64 = 300

    /// `age` is how long ago storage was looked at when this began, in milliseconds; nil when
    /// nobody did.
    init(interval: Int64, patience: Int64, age: Int64?, now: Int64) {
        self.interval = interval
        self.patience = patience
        patienceAfterPause = min(patience, Self.longestAfterPause)
        dueAt = age.map { now + interval - $0 } ?? now
        isFirst = age == nil
        lastAskedAt = now
    }

    /// Whether a look is due, and under way only if nobody knows.
    func isDue(_ time: Int64) -> Bool {
        time >= dueAt && beganAt == nil
    }

    /// Whether a request that comes at `time` is the first one for so long that what is known may
    /// have been overtaken, so that it waits for the look that is due.
    func isAfterPause(_ time: Int64) -> Bool {
        isDue(time) && time - lastAskedAt > interval
    }

    /// Until when requests wait for the look that is under way.
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
