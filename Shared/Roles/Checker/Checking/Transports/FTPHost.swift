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
        enum Way {
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
        var way = Way.byName
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

    private enum Work {
        case job(Job)
        case inquiry(Inquiry)
    }

    /// What came of something that was asked for.
    enum Result {
        case entry(Job, FTPEntry)
        /// The listing is over; it came to nothing where `isListed` is false.
        case listed(Job, isListed: Bool)
        case replied(Inquiry, FTPReply)
        /// What `LIST` told of the one file; nil where it told nothing.
        case found(Inquiry, FTPEntry?)
        /// The server closes the connection whenever it is asked this.
        case unanswerable(Inquiry)
    }

    /// The listing that is being read.
    private struct Reading {
        var tag: RequestTag
        var parser: FTPListingParser
        /// Enough has come: the rest is passed over.
        var isCut = false
        var found: FTPEntry?
    }

    private let authority: String
    private let loop: MultiLoop
    private let settings: FTPSession.Settings
    private var session: FTPSession?
    private var events = Deque<FTPSession.Event>()
    /// The bytes of listings among the events.
    private var waitingByteCount = 0
    private var reading: Reading?
    private var jobs = Deque<Job>()
    private var inquiries = Deque<Inquiry>()
    private var underWay: [RequestTag: Work] = [:]
    private var workCount = 0
    /// False once the server has refused `MLSD`.
    private var isMachineListingTried = true
    /// False once the server has refused `SIZE`.
    private var isSizeTried = true
    /// Data connections in a row that did not come about, as long as none ever has; nil once one
    /// has.
    private var lackingDataCount: Int? = 0
    /// Sessions in a row that answered nothing.
    private var uselessCount = 0
    /// Whether it ever took a command.
    private(set) var wasReady = false
    /// Why it is not asked any more in this run.
    private(set) var failure: (reason: String, outage: Outage)?
    /// The directory that the login leads to.
    private var home: [UInt8] = []
    /// The path of each access point below it, by the transport's number.
    var basePaths: [AccessPointNumber: [UInt8]] = [:]
    /// The entries that a directory may have before the rest is left unread.
    var entryLimit = 1_000_000

    /// How many sizes are asked for without waiting.
    private static let depth = 64
    private static let attemptLimit = 3
    /// So many attempts, of 15 s where packets are dropped, show that commands alone get through.
    private static let lackingDataLimit = 2
    /// The bytes of a listing that may wait to be read.
    private static let longestWait = 1 << 18
    /// As much as is read between two looks at the clock.
    private static let pieceLength = 16_384

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
            if inquiry.way == .byName, !inquiry.question.isDirectory, !isSizeTried {
                inquiry.way = .byOpening
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
        return switch inquiry.way {
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

    // MARK: - What has come

    private func take(
        _ event: FTPSession.Event,
        _ ended: FTPSession?,
        _ slice: inout WorkSlice,
        _ receive: (Result) -> Void
    ) {
        switch event {
        case .ready:
            wasReady = true
            home = session?.home ?? []
        case .lines(let tag, let bytes): read(tag, bytes, &slice, receive)
        case .listed(let tag, let isWhole):
            lackingDataCount = nil
            // Whether it is whole does not matter: what it lacks is asked for by name.
            finishReading(tag, isWhole: isWhole, receive)
            switch underWay.removeValue(forKey: tag) {
            case .job(let job): receive(.listed(job, isListed: true))
            case .inquiry(let inquiry): receive(.found(inquiry, reading?.found))
            case nil: break
            }
            reading = nil
        case .replied(let tag, let reply): take(reply, tag, receive)
        case .ended(let kind, let reason, let unanswered):
            takeEnd(
                (reason, Outage(kind)),
                unanswered,
                wasUseful: ended?.answeredCount ?? 0 > 0,
                lacksData: ended?.lacksDataConnection ?? false,
                receive
            )
        }
    }

    /// Reads a part of a listing; what the slice does not reach waits.
    private func read(
        _ tag: RequestTag,
        _ bytes: ArraySlice<UInt8>,
        _ slice: inout WorkSlice,
        _ receive: (Result) -> Void
    ) {
        var rest = bytes
        while !rest.isEmpty {
            let piece = rest.prefix(Self.pieceLength)
            rest = rest.dropFirst(piece.count)
            waitingByteCount -= piece.count
            consume(tag, receive) { parser, take in parser.consume(piece, take) }
            guard !rest.isEmpty, slice.isOverNow() else { continue }
            return events.prepend(.lines(tag: tag, rest))
        }
    }

    private func finishReading(_ tag: RequestTag, isWhole: Bool, _ receive: (Result) -> Void) {
        let isWhole = isWhole && reading?.isCut == false
        consume(tag, receive) { parser, take in parser.finish(isWhole: isWhole, take) }
    }

    private func consume(
        _ tag: RequestTag,
        _ receive: (Result) -> Void,
        _ step: (inout FTPListingParser, (FTPEntry) -> Void) -> Void
    ) {
        guard var reading, reading.tag == tag, !reading.isCut, let work = underWay[tag] else {
            return
        }
        var entries: [FTPEntry] = []
        step(&reading.parser) { entries.append($0) }
        switch work {
        case .job(let job): for entry in entries { receive(.entry(job, entry)) }
        case .inquiry: reading.found = entries.last ?? reading.found
        }
        if reading.parser.entryCount + reading.parser.unknownLineCount > entryLimit {
            reading.isCut = true
            session?.cutListing()
        }
        self.reading = reading
    }

    private func take(_ reply: FTPReply, _ tag: RequestTag, _ receive: (Result) -> Void) {
        switch underWay.removeValue(forKey: tag) {
        case .inquiry(let inquiry):
            if inquiry.way == .byName, !inquiry.question.isDirectory,
                Self.isUnknownCommand(reply)
            {
                isSizeTried = false
                return ask(inquiry)
            }
            receive(.replied(inquiry, reply))
        case .job(let job):
            let wasMachineReadable = reading?.parser.format == .facts
            reading = nil
            if wasMachineReadable, Self.isUnknownCommand(reply) {
                isMachineListingTried = false
                jobs.append(job)
            } else {
                receive(.listed(job, isListed: false))
            }
        case nil: break
        }
    }

    private static func isUnknownCommand(_ reply: FTPReply) -> Bool {
        [500, 501, 502, 504].contains(reply.code)
    }

    /// Puts what was not answered back in front; only the first can be what the server stumbled
    /// over.
    private func takeEnd(
        _ end: (reason: String, outage: Outage),
        _ unanswered: [RequestTag],
        wasUseful: Bool,
        lacksData: Bool,
        _ receive: (Result) -> Void
    ) {
        let lacksData = lacksData && lackingDataCount != nil
        if lacksData { lackingDataCount? += 1 }
        reading = nil
        waitingByteCount = 0
        let lost = unanswered.compactMap { underWay.removeValue(forKey: $0) }
        underWay = [:]
        // One that takes commands answers what needs no data connection.
        uselessCount = wasUseful || lacksData ? 0 : uselessCount + 1
        // One refusal may be one guest too many; silence was long enough. Where something was asked, each
        // of its attempts may be what ends a session: only then it is the server.
        let limit = lost.isEmpty ? (end.outage == .timedOut ? 1 : 2) : Self.attemptLimit + 1
        if uselessCount >= limit { failure = end }
        for (index, work) in lost.enumerated().reversed() {
            switch work {
            case .job(var job):
                if index == 0 { job.attempts += 1 }
                if job.attempts < Self.attemptLimit {
                    jobs.prepend(job)
                } else {
                    receive(.listed(job, isListed: false))
                }
            case .inquiry(var inquiry):
                if index == 0 { inquiry.attempts += 1 }
                if inquiry.attempts < Self.attemptLimit {
                    inquiries.prepend(inquiry)
                } else {
                    receive(.unanswerable(inquiry))
                }
            }
        }
    }
}
