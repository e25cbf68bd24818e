import DequeModule
import FTPListing
import HTTPTransport
import HealthFormat
import Mirrors

/// An FTP server: the questions for it, and the session that asks them.
///
/// The server's data is read in slices; while much of a listing is unread, the server has to wait.
final class FTPHost {
    /// A question on its way to an answer.
    struct PendingQuestion {
        /// How to ask the server about one name.
        enum Strategy {
            /// `SIZE`, or `CWD` for a directory.
            case byName
            /// `RETR`, which tells whether the file is readable, and often its length.
            case byOpening
            /// `LIST` of the one file.
            case byListing
        }

        var question: Question
        /// The entry to look for, if a directory's listing may answer the question.
        var lookedFor: FTPDirectory.Key?
        var linkCount = 0
        var strategy = Strategy.byName
        /// The directory whose permissions this question tests.
        var modesOf: TreePath?
        var attempts = 0
        var askedAt: Double
    }

    /// A directory to be listed for an access point.
    struct Job {
        var point: AccessPointNumber
        var directory: TreePath
        /// Use `LIST` even if the server has `MLSD`, for the targets of its links.
        var wantsLinkTexts = false
        var attempts = 0
    }

    enum Work {
        case job(Job)
        case question(PendingQuestion)
    }

    /// The result of a request.
    enum Result {
        case entry(Job, FTPEntry)
        /// The listing has ended; `isListed` is false if it failed.
        case listed(Job, isListed: Bool)
        case replied(PendingQuestion, FTPReply)
        /// The entry that `LIST` returned for the one file; nil if it returned none.
        case found(PendingQuestion, FTPEntry?)
        /// The server closes the connection whenever it is asked this.
        case unanswerable(PendingQuestion)
    }

    /// The listing being read.
    struct Reading {
        var tag: RequestTag
        var parser: FTPListingParser
        /// Enough was received: the rest is skipped.
        var isCut = false
        var found: FTPEntry?
    }

    private let authority: String
    private let loop: MultiLoop
    private let settings: FTPSession.Settings
    var session: FTPSession?
    var events = Deque<FTPSession.Event>()
    /// The number of bytes of listings among the events.
    var waitingByteCount = 0
    var reading: Reading?
    var jobs = Deque<Job>()
    var questions = Deque<PendingQuestion>()
    var underWay: [RequestTag: Work] = [:]
    private var workCount = 0
    /// False after the server refused `MLSD`.
    var isMachineListingTried = true
    /// False after the server refused `SIZE`.
    var isSizeTried = true
    /// The number of failed data connections in a row as long as none ever succeeded; nil after one
    /// did.
    var lackingDataCount: Int? = 0
    /// The number of sessions in a row that answered nothing.
    var uselessCount = 0
    /// Whether it ever accepted a command.
    var wasReady = false
    /// Why it is not asked any more in this run.
    var failure: (reason: String, outage: Outage)?
    /// The directory after the login.
    var home: [UInt8] = []
    /// The path of each access point below it.
    var basePaths: [AccessPointNumber: [UInt8]] = [:]
    /// The maximum number of entries in a directory; the rest is not read.
    var entryLimit = 1_000_000

    /// The maximum number of pipelined `SIZE` commands.
    private static let depth = 64
    static let attemptLimit = 3
    /// How many failed attempts, of 15 s each if packets are dropped, show that only commands get
    /// through.
    private static let lackingDataLimit = 2
    /// The maximum number of unread bytes of a listing.
    private static let longestWait = 1 << 18
    /// How much is read between two checks of the clock.
    static let pieceLength = 16_384

    init(authority: String, loop: MultiLoop, settings: FTPSession.Settings) {
        self.authority = authority
        self.loop = loop
        self.settings = settings
    }

    /// Whether there is unread data.
    var hasWork: Bool { !events.isEmpty }

    /// The open connections: one for commands, and one for a listing.
    var connectionCount: Int {
        guard let session else { return 0 }
        return session.inFlightCount > 0 ? 2 : 1
    }

    var peerAddress: String? { session?.peerAddress }

    func list(_ job: Job) { jobs.append(job) }

    func ask(_ asked: PendingQuestion) { questions.append(asked) }

    /// Handles what was received, as far as the slice allows, and starts up to `allowance` more
    /// commands.
    ///
    /// Returns the number of started commands.
    func step(
        allowance: Int,
        _ slice: inout WorkSlice,
        _ receive: (Result) -> Void
    ) -> Int {
        session?.checkSilence()
        // Connections outlive the calls they make.
        var ended: FTPSession?
        while !slice.isOverNow(), let event = events.popFirst() {
            if case .ended = event {
                ended = session
                session = nil
            }
            take(event, ended, &slice, receive)
        }
        session?.takesLines = waitingByteCount < Self.longestWait
        return withExtendedLifetime(ended) { dispatch(allowance, receive) }
    }

    /// Whether files can only be asked for by name, because no data connection ever succeeds.
    var lacksDataConnections: Bool { lackingDataCount.map { $0 >= Self.lackingDataLimit } ?? false }

    /// All unanswered questions when the host was given up.
    func takeAbandoned() -> [PendingQuestion] {
        defer {
            jobs = []
            questions = []
        }
        return Array(questions)
    }

    // MARK: - Commands

    private func dispatch(_ allowance: Int, _ receive: (Result) -> Void) -> Int {
        guard failure == nil, !(jobs.isEmpty && questions.isEmpty) else { return 0 }
        guard let session else {
            // Read first what the last session left.
            if events.isEmpty { connect() }
            return 0
        }
        guard session.isReady else { return 0 }
        if lacksDataConnections {
            while let job = jobs.popFirst() { receive(.listed(job, isListed: false)) }
        }
        var started = 0
        // A directory answers many questions, and must be listed while nothing else is in flight.
        if !jobs.isEmpty {
            guard session.canTransfer, events.isEmpty, allowance > 0, let job = jobs.popFirst()
            else { return 0 }
            start(job, session, receive)
            return 1
        }
        while started < allowance, session.inFlightCount < Self.depth,
            var asked = questions.first
        {
            if asked.strategy == .byName, !asked.question.isDirectory, !isSizeTried {
                asked.strategy = .byOpening
            }
            var command = command(for: asked)
            if lacksDataConnections, command?.transfersData == true { command = nil }
            let isPossible =
                command?.transfersData == true
                ? session.canTransfer && events.isEmpty : session.canAsk
            guard isPossible else { break }
            _ = questions.popFirst()
            started += 1
            guard let command else {
                receive(.unanswerable(asked))
                continue
            }
            let tag = note(.question(asked))
            if case .list(_, let isMachineReadable) = command {
                begin(tag, isMachineReadable ? .facts : .columns)
            }
            session.start(command, tag: tag)
        }
        return started
    }

    private func connect() {
        do throws(HTTPTransportError) {
            session = try FTPSession(loop: loop, authority: authority, settings: settings) {
                [unowned self] event in
                if case .lines(_, let bytes) = event { waitingByteCount += bytes.count }
                events.append(event)
            }
        } catch {
            failure = ("\(error)", .other)
        }
    }

    private func start(_ job: Job, _ session: FTPSession, _ receive: (Result) -> Void) {
        let path = fullPath(job.directory.bytes, job.point)
        guard FTPSession.isSendable(path) else { return receive(.listed(job, isListed: false)) }
        let isMachineReadable =
            session.hasMachineListing && isMachineListingTried && !job.wantsLinkTexts
        let tag = note(.job(job))
        begin(tag, isMachineReadable ? .facts : .columns)
        session.start(.list(path, isMachineReadable: isMachineReadable), tag: tag)
    }

    private func begin(_ tag: RequestTag, _ format: FTPListingParser.Format) {
        reading = Reading(tag: tag, parser: FTPListingParser(format))
    }

    /// The command for a question; nil if no command can contain the name.
    private func command(for asked: PendingQuestion) -> FTPSession.Command? {
        let path = fullPath(Array(asked.question.path), asked.question.accessPoint)
        guard FTPSession.isSendable(path) else { return nil }
        if asked.question.isDirectory { return .enter(path) }
        return switch asked.strategy {
        case .byName: .size(path)
        case .byOpening: .open(path)
        case .byListing: .list(path, isMachineReadable: false)
        }
    }

    private func note(_ work: Work) -> RequestTag {
        workCount += 1
        let tag = RequestTag(workCount)
        underWay[tag] = work
        return tag
    }

    private func fullPath(_ path: [UInt8], _ point: AccessPointNumber) -> [UInt8] {
        var full = home + [UInt8(ascii: "/")] + (basePaths[point] ?? []) + path
        while full.count > 1, full.last == UInt8(ascii: "/") { full.removeLast() }
        return full
    }
}
