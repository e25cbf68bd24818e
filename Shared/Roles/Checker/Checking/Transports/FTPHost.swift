import DequeModule
import FTPListing
import HTTPTransport
import HealthFormat
import Mirrors

/// One FTP server: what is to be asked there, and the session that asks.
///
/// What the server sends is read in slices; while much of a listing waits to be read, the server
/// waits.
final class FTPHost {
    /// A question on its way to an answer.
    struct Inquiry {
        /// How the server is asked about one name.
        enum Strategy {
            /// `SIZE`, or `CWD` for a directory.
            case byName
            /// `RETR`, which tells whether it may be read, and often its length.
            case byOpening
            /// `LIST` of the one file.
            case byListing
        }

        var question: Question
        /// What the answer depends on, where a directory's listing may tell it.
        var lookedFor: FTPDirectory.Key?
        var linkCount = 0
        var strategy = Strategy.byName
        /// The directory whose permissions are tried out by this question.
        var modesOf: TreePath?
        var attempts = 0
        var askedAt: Double
    }

    /// A directory to be listed for an access point.
    struct Job {
        var point: AccessPointNumber
        var directory: TreePath
        /// `LIST` though the server has `MLSD`, for the texts of its links.
        var wantsLinkTexts = false
        var attempts = 0
    }

    enum Work {
        case job(Job)
        case inquiry(Inquiry)
    }

    /// What came of something that was asked for.
    enum Result {
        case entry(Job, FTPEntry)
        /// The listing is over; it failed where `isListed` is false.
        case listed(Job, isListed: Bool)
        case replied(Inquiry, FTPReply)
        /// What `LIST` told of the one file; nil where it told nothing.
        case found(Inquiry, FTPEntry?)
        /// The server closes the connection whenever it is asked this.
        case unanswerable(Inquiry)
    }

    /// The listing that is being read.
    struct Reading {
        var tag: RequestTag
        var parser: FTPListingParser
        /// Enough has come: the rest is passed over.
        var isCut = false
        var found: FTPEntry?
    }

    private let authority: String
    private let loop: MultiLoop
    private let settings: FTPSession.Settings
    var session: FTPSession?
    var events = Deque<FTPSession.Event>()
    /// The bytes of listings among the events.
    var waitingByteCount = 0
    var reading: Reading?
    var jobs = Deque<Job>()
    var inquiries = Deque<Inquiry>()
    var underWay: [RequestTag: Work] = [:]
    private var workCount = 0
    /// False once the server has refused `MLSD`.
    var isMachineListingTried = true
    /// False once the server has refused `SIZE`.
    var isSizeTried = true
    /// Data connections in a row that did not come about, as long as none ever has; nil once one
    /// has.
    var lackingDataCount: Int? = 0
    /// Sessions in a row that answered nothing.
    var uselessCount = 0
    /// Whether it ever took a command.
    var wasReady = false
    /// Why it is not asked any more in this run.
    var failure: (reason: String, outage: Outage)?
    /// The directory that the login leads to.
    var home: [UInt8] = []
    /// The path of each access point below it, by the transport's number.
    var basePaths: [AccessPointNumber: [UInt8]] = [:]
    /// The entries that a directory may have before the rest is left unread.
    var entryLimit = 1_000_000

    /// How many sizes are asked for without waiting.
    private static let depth = 64
    static let attemptLimit = 3
    /// How many attempts, of 15 s where packets are dropped, show that commands alone get through.
    private static let lackingDataLimit = 2
    /// The bytes of a listing that may wait to be read.
    private static let longestWait = 1 << 18
    /// As much as is read between two looks at the clock.
    static let pieceLength = 16_384

    init(authority: String, loop: MultiLoop, settings: FTPSession.Settings) {
        self.authority = authority
        self.loop = loop
        self.settings = settings
    }

    /// Whether something waits to be read.
    var hasWork: Bool { !events.isEmpty }

    /// The connections that are open: one for commands, and one for a listing.
    var connectionCount: Int {
        guard let session else { return 0 }
        return session.inFlightCount > 0 ? 2 : 1
    }

    var peerAddress: String? { session?.peerAddress }

    func list(_ job: Job) { jobs.append(job) }

    func ask(_ inquiry: Inquiry) { inquiries.append(inquiry) }

    /// Takes what has come, as far as the slice reaches, and starts what `allowance` more commands
    /// allow.
    ///
    /// Returns how many were started.
    func turn(
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

    /// Whether files can be asked for by name only: no data connection ever comes about.
    var lacksDataConnections: Bool { lackingDataCount.map { $0 >= Self.lackingDataLimit } ?? false }

    /// Everything that was not answered when the host was given up.
    func takeAbandoned() -> [Inquiry] {
        defer {
            jobs = []
            inquiries = []
        }
        return Array(inquiries)
    }

    // MARK: - Commands

    private func dispatch(_ allowance: Int, _ receive: (Result) -> Void) -> Int {
        guard failure == nil, !(jobs.isEmpty && inquiries.isEmpty) else { return 0 }
        guard let session else {
            // What the last one left is read first.
            if events.isEmpty { connect() }
            return 0
        }
        guard session.isReady else { return 0 }
        if lacksDataConnections {
            while let job = jobs.popFirst() { receive(.listed(job, isListed: false)) }
        }
        var started = 0
        // A directory answers many questions, and nothing may be under way when it is listed.
        if !jobs.isEmpty {
            guard session.canTransfer, events.isEmpty, allowance > 0, let job = jobs.popFirst()
            else { return 0 }
            start(job, session, receive)
            return 1
        }
        while started < allowance, session.inFlightCount < Self.depth,
            var inquiry = inquiries.first
        {
            if inquiry.strategy == .byName, !inquiry.question.isDirectory, !isSizeTried {
                inquiry.strategy = .byOpening
            }
            var command = command(for: inquiry)
            if lacksDataConnections, command?.transfersData == true { command = nil }
            let isPossible =
                command?.transfersData == true
                ? session.canTransfer && events.isEmpty : session.canAsk
            guard isPossible else { break }
            _ = inquiries.popFirst()
            started += 1
            guard let command else {
                receive(.unanswerable(inquiry))
                continue
            }
            let tag = note(.inquiry(inquiry))
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

    /// The command that asks; nil where none can hold the name.
    private func command(for inquiry: Inquiry) -> FTPSession.Command? {
        let path = fullPath(Array(inquiry.question.path), inquiry.question.accessPoint)
        guard FTPSession.isSendable(path) else { return nil }
        if inquiry.question.isDirectory { return .enter(path) }
        return switch inquiry.strategy {
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
