import Catalogs
import CheckPlanning
import CheckStates
import Checking
import Mirrors
import ObjectStorage
import TestSupport
import Testing
import Time

extension ExpectedFile {
    static func make(
        _ path: String,
        byteCount: UInt64? = 10,
        modified: Int64 = 0,
        changedIn: UInt32 = 1,
        removed: Timestamp? = nil
    ) -> ExpectedFile {
        ExpectedFile(
            path: TreePath(path),
            kind: byteCount == nil ? .directory : .file,
            byteCount: byteCount,
            modified: Timestamp(secondsSinceEpoch: modified),
            firstSeen: Timestamp(secondsSinceEpoch: 0),
            removed: removed,
            changedIn: changedIn
        )
    }
}

extension Catalog {
    /// A catalog of files given as path, generation of the last change and modification time.
    static func make(
        files: [(path: String, changedIn: UInt32, modified: Int64)],
        removed: Timestamp? = nil
    ) -> Catalog {
        var catalog = Catalog(generation: files.map(\.changedIn).max() ?? 1)
        for file in files {
            catalog.append(
                .make(
                    file.path,
                    modified: file.modified,
                    changedIn: file.changedIn,
                    removed: removed
                )
            )
        }
        return catalog
    }
}

extension CheckState {
    static func make() -> CheckState {
        CheckState(accessPointID: "m", baseURL: "http://m.example/")
    }
}

extension Observation {
    static func make(
        _ outcome: Observation.Outcome,
        askedSecondsAgo: Int64,
        failures: UInt8 = 0,
        generation: UInt32 = 3,
        isConfirmed: Bool = true
    ) -> Observation {
        let time = ManualClock.start.advanced(bySeconds: -askedSecondsAgo)
        return Observation(
            outcome: outcome,
            isConfirmed: isConfirmed,
            observedAt: time,
            askedAt: time,
            generation: generation,
            failures: failures
        )
    }
}

extension CheckPolicy {
    static func make(_ catalog: Catalog, _ settings: CheckSettings) -> CheckPolicy {
        CheckPolicy(catalog: catalog, classes: .standard, settings: settings.policy)
    }
}

extension [CheckRun.Target] {
    /// A group for each access point.
    static func each(_ points: [AccessPoint], restReasons: [String: String] = [:]) -> Self {
        points.enumerated().map { index, point in
            CheckRun.Target(
                number: AccessPointNumber(index: index),
                profile: AccessPointProfile(point),
                restReason: restReasons[point.id]
            )
        }
    }
}

extension AccessPoint {
    static func make(_ id: String, baseURL: String? = nil, scheme: Scheme = .http) -> AccessPoint {
        AccessPoint(id: id, scheme: scheme, baseURL: baseURL ?? "\(scheme)://\(id).example/")
    }
}

extension Question {
    var isAboutFile: Bool {
        if case .file = subject { true } else { false }
    }
}

/// A clock that stands still until it is moved.
final class ManualClock: CheckClock {
    static let start = Timestamp(secondsSinceEpoch: 1_795_362_420)
    /// The number of seconds after ``start`` at which the run begins.
    let lateness: Int64
    var elapsed = 0.0
    var now: Timestamp { Self.start.advanced(bySeconds: lateness + Int64(elapsed)) }

    init(lateness: Int64 = 0) {
        self.lateness = lateness
    }
}

/// A transport without a network: each access point is a function from question to reply.
///
/// Each answer takes ``secondsPerAnswer`` of the clock's time; each access point has one question
/// in progress at a time.
final class ScriptedTransport: Transport {
    private let clock: ManualClock
    private let secondsPerAnswer: Double
    private let script: (Question) -> Reply
    private var underWay: [Question] = []
    /// Every question, in the order in which they were asked.
    private(set) var asked: [Question] = []
    var pauses: [AccessPointNumber: Duration] = [:]
    var roomPerAccessPoint = 1
    /// The number of seconds that pass while nothing is in progress and the run waits for
    /// `longest`.
    var idle: (_ longest: Duration) -> Double = { Double($0.components.seconds) + 0.1 }
    /// The times that answers state.
    var modified: (Question) -> Timestamp? = { _ in nil }
    /// The end of the certificate that is stated if it is asked for.
    var certificateEnd: (Question) -> Timestamp? = { _ in nil }

    init(
        clock: ManualClock,
        secondsPerAnswer: Double = 0.001,
        script: @escaping (Question) -> Reply
    ) {
        self.clock = clock
        self.secondsPerAnswer = secondsPerAnswer
        self.script = script
    }

    func speaks(_ scheme: AccessPoint.Scheme) -> Bool { scheme == .http || scheme == .https }

    func room(at accessPoint: AccessPointNumber) -> Int {
        guard pauses[accessPoint] == nil else { return 0 }
        return roomPerAccessPoint - underWay.count { $0.accessPoint == accessPoint }
    }

    func pause(at accessPoint: AccessPointNumber) -> Duration { pauses[accessPoint] ?? .zero }

    func ask(_ question: Question) {
        underWay.append(question)
        asked.append(question)
    }

    func wait(atMost longest: Duration, _ receive: (Answer) -> Void) {
        guard !underWay.isEmpty else {
            clock.elapsed += idle(longest)
            return
        }
        let questions = underWay
        underWay = []
        for question in questions {
            clock.elapsed += secondsPerAnswer
            var answer = Answer(
                to: question,
                reply: script(question),
                seconds: secondsPerAnswer,
                modified: modified(question)
            )
            if question.wantsCertificateEnd { answer.certificateEnd = certificateEnd(question) }
            receive(answer)
        }
    }

    /// The files asked for, as access point and path.
    var files: [String] {
        asked.compactMap { question in
            guard case .file = question.subject else { return nil }
            return "\(question.accessPoint):\(TreePath(bytes: Array(question.path)))"
        }
    }
}

extension DenseIndex {
    static func first(_ count: Int) -> [Self] { (0..<count).map(Self.init(index:)) }
}

extension Mirror {
    /// A mirror in Germany.
    static func make(
        _ id: String,
        region: String = "europe",
        checkBy: CheckBy = .own,
        isEnabled: Bool = true,
        _ accessPoints: [AccessPoint]
    ) throws -> Mirror {
        Mirror(
            id: id,
            name: id,
            country: try #require(CountryCode("DE")),
            region: region,
            checkBy: checkBy,
            isEnabled: isEnabled,
            accessPoints: accessPoints
        )
    }
}

extension CheckSession {
    /// A session a number of seconds after the first moment, which leases also use.
    init(
        _ request: CheckRequest,
        _ store: any BlobStore,
        _ clock: ManualClock,
        after seconds: Int64
    ) {
        self.init(
            request: request,
            store: store,
            clock: clock,
            leaseClock: { ManualClock.start.secondsSinceEpoch + seconds },
            report: { _ in }
        )
    }
}
