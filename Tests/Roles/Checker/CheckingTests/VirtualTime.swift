import CheckPlanning
import Checking
import Mirrors
import Synchronization
import Time

/// Time that passes only while something waits, and the events in it.
final class VirtualTime: CheckClock {
    private(set) var elapsed = 0.0
    /// The error of the wall clock, in seconds.
    var skew: Int64 = 0
    private var events: [(at: Double, action: () -> Void)] = []

    var now: Timestamp { ManualClock.start.advanced(bySeconds: Int64(elapsed) + skew) }

    /// Runs `action` a number of seconds from now; at equal times the one added earlier runs first.
    func after(_ seconds: Double, _ action: @escaping () -> Void) {
        let at = elapsed + max(0, seconds)
        let place = events.firstIndex { $0.at > at } ?? events.endIndex
        events.insert((at, action), at: place)
    }

    /// Lets at most this many seconds pass, until an event satisfies `isEnough`.
    func pass(atMost seconds: Double, until isEnough: () -> Bool = { false }) {
        let end = elapsed + max(0, seconds)
        while let next = events.first, next.at <= end {
            events.removeFirst()
            elapsed = max(elapsed, next.at)
            next.action()
            if isEnough() { return }
        }
        // An action may have made time jump.
        elapsed = max(elapsed, end)
    }

    /// Makes the process stand still for this long, like a suspended machine.
    func jump(_ seconds: Double) { elapsed += seconds }
}

/// Runs jobs that take virtual time.
final class VirtualLauncher: JobLauncher {
    let limit: Int
    private let time: VirtualTime
    /// The duration of the next job; nil if it never ends.
    private let seconds: () -> Double?

    init(limit: Int, time: VirtualTime, seconds: @escaping () -> Double?) {
        self.limit = limit
        self.time = time
        self.seconds = seconds
    }

    func launch(_ body: @escaping @Sendable () -> Void) {
        if let seconds = seconds() { time.after(seconds, body) }
    }
}

/// A transport whose answers take virtual time.
///
/// Jobs that end wake it.
final class VirtualTransport: Transport {
    /// The delay of an answer, and its content.
    struct Course {
        var seconds: Double
        var reply: Reply
        var modified: Timestamp?
    }

    private let time: VirtualTime
    private let course: (Question) -> Course
    private var ready: [Answer] = []
    private let wakeUp = WakeUp()

    private final class WakeUp: Sendable {
        let isRaised = Atomic(false)
    }
    /// The number of questions of an access point that may be in progress.
    var limit: (_ accessPoint: AccessPointNumber) -> Int = { _ in 16 }
    /// The time until which a host wants no questions, in seconds of the run.
    var pausedUntil: [AccessPointNumber: Double] = [:]
    /// Sees each question before it is in progress.
    var watch: (Question) -> Void = { _ in }
    /// Sees each answer before it is handed over.
    var delivered: (Answer) -> Void = { _ in }
    var beforeWait: () -> Void = {}
    private(set) var underWay: [AccessPointNumber: Int] = [:]
    private(set) var asked: [(question: Question, at: Double)] = []

    init(time: VirtualTime, course: @escaping (Question) -> Course) {
        self.time = time
        self.course = course
    }

    func speaks(_ scheme: AccessPoint.Scheme) -> Bool { true }

    func room(at accessPoint: AccessPointNumber) -> Int {
        guard pause(at: accessPoint) == .zero else { return 0 }
        return max(0, limit(accessPoint) - underWay[accessPoint, default: 0])
    }

    func pause(at accessPoint: AccessPointNumber) -> Duration {
        .seconds(max(0, (pausedUntil[accessPoint] ?? 0) - time.elapsed))
    }

    var waker: (@Sendable () -> Void)? {
        { [wakeUp] in wakeUp.isRaised.store(true, ordering: .relaxed) }
    }

    func ask(_ question: Question) {
        watch(question)
        asked.append((question, time.elapsed))
        underWay[question.accessPoint, default: 0] += 1
        let course = course(question)
        time.after(course.seconds) { [unowned self] in
            underWay[question.accessPoint, default: 0] -= 1
            ready.append(
                Answer(
                    to: question,
                    reply: course.reply,
                    seconds: course.seconds,
                    modified: course.modified
                )
            )
        }
    }

    func wait(atMost longest: Duration, _ receive: (Answer) -> Void) {
        beforeWait()
        let (seconds, attoseconds) = longest.components
        time.pass(atMost: Double(seconds) + Double(attoseconds) / 1e18) {
            !ready.isEmpty || wakeUp.isRaised.load(ordering: .relaxed)
        }
        wakeUp.isRaised.store(false, ordering: .relaxed)
        let answers = ready
        ready = []
        for answer in answers {
            delivered(answer)
            receive(answer)
        }
    }

    /// The questions of an access point without an answer, or whose answer was not handed over.
    func undelivered(at accessPoint: AccessPointNumber) -> Int {
        underWay[accessPoint, default: 0] + ready.count { $0.accessPoint == accessPoint }
    }

    /// The files asked for, as access point and path.
    var files: [String] {
        asked.compactMap { question, _ in
            guard case .file = question.subject else { return nil }
            return "\(question.accessPoint):\(TreePath(bytes: Array(question.path)))"
        }
    }
}
