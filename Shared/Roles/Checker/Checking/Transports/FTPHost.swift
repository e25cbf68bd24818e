import CheckPlanning
import FTPListing
import HTTPTransport
import Mirrors

/// One FTP server: what is to be asked there, and the session that asks.
final class FTPHost {
    /// A question on its way to an answer.
    struct Inquiry {
        var question: Question
        /// Where the answer is looked for: the question's path, or what links led to.
        var place: TreePath
        var linkCount = 0
        var attempts = 0
        var askedAt: Double
    }

    /// A directory to be listed for an access point.
    struct Job {
        var point: Int
        var directory: TreePath
        /// `LIST` though the server has `MLSD`, for the texts of its links.
        var wantsLinkTexts = false
        var attempts = 0
    }

    private enum Work {
        case job(Job)
        case inquiry(Inquiry)
    }

    /// What came of something that was asked for.
    enum Result {
        case listed(Job, FTPDirectory?)
        case replied(Inquiry, FTPReply)
        /// The server closes the connection whenever it is asked this.
        case unanswerable(Inquiry)
    }

    private let authority: String
    private let loop: MultiLoop
    private let settings: FTPSession.Settings
    private var session: FTPSession?
    private var events: [FTPSession.Event] = []
    private var jobs: [Job] = []
    private var inquiries: [Inquiry] = []
    private var underWay: [Int: Work] = [:]
    private var nextTag = 0
    private var formats: [Int: FTPDirectory.Format] = [:]
    /// False once the server has refused `MLSD`.
    private var isMachineListingTried = true
    /// Whether it ever took a command.
    private(set) var wasReady = false
    /// Why it is not asked any more in this run.
    private(set) var failure: String?
    /// The directory that the login leads to.
    private var home: [UInt8] = []
    /// The path of each access point below it, by the transport's number.
    var basePaths: [Int: [UInt8]] = [:]

    /// How many sizes are asked for without waiting.
    private static let depth = 64
    private static let attemptLimit = 3

    init(authority: String, loop: MultiLoop, settings: FTPSession.Settings) {
        self.authority = authority
        self.loop = loop
        self.settings = settings
    }

    func list(_ job: Job) { jobs.append(job) }

    func ask(_ inquiry: Inquiry) { inquiries.append(inquiry) }

    /// Takes what has come, and starts what `allowance` more commands allow.
    ///
    /// Returns how many were started.
    func turn(allowance: Int, _ receive: (Result) -> Void) -> Int {
        session?.checkSilence()
        // Connections outlive the calls they make.
        var ended: FTPSession?
        while !events.isEmpty {
            let taken = events
            events.removeAll(keepingCapacity: true)
            for event in taken {
                if case .ended = event {
                    ended = session
                    session = nil
                }
                take(event, ended, receive)
            }
        }
        return withExtendedLifetime(ended) { dispatch(allowance, receive) }
    }

    /// Everything that was not answered when the host was given up.
    func takeAbandoned() -> (jobs: [Job], inquiries: [Inquiry]) {
        defer {
            jobs = []
            inquiries = []
        }
        return (jobs, inquiries)
    }

    private func dispatch(_ allowance: Int, _ receive: (Result) -> Void) -> Int {
        guard failure == nil, !(jobs.isEmpty && inquiries.isEmpty) else { return 0 }
        guard let session else {
            connect()
            return 0
        }
        guard session.isReady else { return 0 }
        var started = 0
        // A directory answers many questions, and nothing may be under way when it is listed.
        if let job = jobs.first {
            guard session.canList, allowance > 0 else { return 0 }
            jobs.removeFirst()
            start(job, session, receive)
            return 1
        }
        var index = 0
        while index < inquiries.count, started < allowance, session.canAsk,
            session.inFlightCount < Self.depth
        {
            start(inquiries[index], session, receive)
            index += 1
            started += 1
        }
        inquiries.removeFirst(index)
        return started
    }

    private func connect() {
        do throws(HTTPTransportError) {
            session = try FTPSession(loop: loop, authority: authority, settings: settings) {
                [unowned self] in events.append($0)
            }
        } catch {
            failure = "\(error)"
        }
    }

    private func start(_ job: Job, _ session: FTPSession, _ receive: (Result) -> Void) {
        let path = fullPath(job.directory, job.point)
        guard FTPSession.isSendable(path) else { return receive(.listed(job, nil)) }
        let isMachineReadable =
            session.hasMachineListing && isMachineListingTried && !job.wantsLinkTexts
        let tag = note(.job(job))
        formats[tag] = isMachineReadable ? .facts : .columns
        session.start(.list(path, isMachineReadable: isMachineReadable), tag: tag)
    }

    private func start(_ inquiry: Inquiry, _ session: FTPSession, _ receive: (Result) -> Void) {
        let path = fullPath(
            TreePath(bytes: Array(inquiry.question.path)),
            inquiry.question.accessPoint
        )
        guard FTPSession.isSendable(path) else { return receive(.unanswerable(inquiry)) }
        session.start(
            inquiry.question.isDirectory ? .enter(path) : .size(path),
            tag: note(.inquiry(inquiry))
        )
    }

    private func note(_ work: Work) -> Int {
        nextTag += 1
        underWay[nextTag] = work
        return nextTag
    }

    private func fullPath(_ path: TreePath, _ point: Int) -> [UInt8] {
        var full = home + [UInt8(ascii: "/")] + (basePaths[point] ?? []) + path.bytes
        while full.count > 1, full.last == UInt8(ascii: "/") { full.removeLast() }
        return full
    }

    private func take(
        _ event: FTPSession.Event,
        _ ended: FTPSession?,
        _ receive: (Result) -> Void
    ) {
        switch event {
        case .ready:
            wasReady = true
            home = session?.home ?? []
        case .listed(let tag, let bytes, _):
            // Whether it is whole does not matter: what it lacks is asked for by name.
            guard case .job(let job) = underWay.removeValue(forKey: tag) else { return }
            let format = formats.removeValue(forKey: tag) ?? .columns
            receive(.listed(job, FTPDirectory(bytes, format: format)))
        case .replied(let tag, let reply):
            switch underWay.removeValue(forKey: tag) {
            case .inquiry(let inquiry): receive(.replied(inquiry, reply))
            case .job(let job):
                let format = formats.removeValue(forKey: tag)
                if format == .facts, [500, 501, 502, 504].contains(reply.code) {
                    isMachineListingTried = false
                    jobs.append(job)
                } else {
                    receive(.listed(job, nil))
                }
            case nil: break
            }
        case .ended(let reason, let unanswered):
            takeEnd(reason, unanswered, wasUseful: ended?.answeredCount ?? 0 > 0, receive)
        }
    }

    /// Puts what was not answered back in front; only the first can be what the server stumbled over.
    private func takeEnd(
        _ reason: String,
        _ unanswered: [Int],
        wasUseful: Bool,
        _ receive: (Result) -> Void
    ) {
        formats = [:]
        let lost = unanswered.compactMap { underWay.removeValue(forKey: $0) }
        underWay = [:]
        // A session that came to nothing twice, or was refused, is no use to begin again.
        if lost.isEmpty, !wasUseful { failure = reason }
        for (index, work) in lost.enumerated().reversed() {
            switch work {
            case .job(var job):
                if index == 0 { job.attempts += 1 }
                if job.attempts < Self.attemptLimit {
                    jobs.insert(job, at: 0)
                } else {
                    receive(.listed(job, nil))
                }
            case .inquiry(var inquiry):
                if index == 0 { inquiry.attempts += 1 }
                if inquiry.attempts < Self.attemptLimit {
                    inquiries.insert(inquiry, at: 0)
                } else {
                    receive(.unanswerable(inquiry))
                }
            }
        }
    }
}
