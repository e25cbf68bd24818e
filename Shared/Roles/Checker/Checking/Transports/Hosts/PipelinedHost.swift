import CheckStates
import DequeModule
import HTTPTransport
import Mirrors

/// The pipelined connections to one host, and the questions that wait for them.
///
/// A host must first show that it supports pipelining: the first connection carries only sentinels.
/// Until these are answered correctly, and again once the host misbehaves, its questions are asked
/// one by one. See ``GuardedPipeline``.
final class PipelinedHost {
    enum Stage: Hashable {
        /// No file is known that answers 200.
        case unproven
        case probing
        case streaming
    }

    /// What the host reports to its owner.
    enum Event {
        case answered([GuardedPipeline.TaggedHead])
        /// Connected to this address.
        case connected(String)
        /// The server asks for a pause with an answer that follows as ``answered``.
        case complained(ResponseHead)
        /// An extra request was sent: a sentinel, or a question that will be repeated.
        case sentMore
        /// The question must be asked on its own.
        case returned(tag: RequestTag)
        /// The question was not sent, because the host is paused.
        case recalled(tag: RequestTag)
    }

    private(set) var stage = Stage.unproven
    private(set) var limits = PipelineLimits()
    /// The questions that wait for a connection.
    private var queue = Deque<RequestTag>()
    private var connections: [GuardedPipeline] = []

    private let loop: MultiLoop
    private let url: String
    private let connectionLimit: Int
    private let authorityFile: String?
    private let request: (_ tag: RequestTag, _ isFirst: Bool) -> [UInt8]
    private let receive: (Event) -> Void
    private let clock = ContinuousClock()

    private var sentinels: GuardedPipeline.Sentinels?
    /// The addresses of the host; connections use them in turn.
    private let addresses: () -> [String]
    /// Addresses that no longer get pipelined connections.
    private var avoided: Set<String> = []
    private var madeCount = 0

    private let answerPatience: Duration
    /// Less than the keep-alive timeout of any common server, 5 seconds.
    private static let idlePatience = Duration.seconds(3)
    /// How long the last answers wait for more questions before a sentinel is sent for them: longer
    /// than the time between two batches of questions at a limited rate.
    private static let batchingPatience = Duration.milliseconds(150)

    /// `answerPatience` is the maximum time without any answer.
    ///
    /// `request` makes the bytes of a question's request; `isFirst` for the first one on a
    /// connection.
    init(
        loop: MultiLoop,
        url: String,
        connectionLimit: Int,
        authorityFile: String?,
        answerPatience: Duration,
        addresses: @escaping () -> [String] = { [] },
        request: @escaping (_ tag: RequestTag, _ isFirst: Bool) -> [UInt8],
        receive: @escaping (Event) -> Void
    ) {
        self.loop = loop
        self.url = url
        self.connectionLimit = connectionLimit
        self.authorityFile = authorityFile
        self.answerPatience = answerPatience
        self.addresses = addresses
        self.request = request
        self.receive = receive
    }

    /// Whether questions may be passed to ``ask(_:)``.
    var isStreaming: Bool { stage == .streaming && limits.problem == nil }

    /// The maximum number of questions in flight, waiting for a sentinel or answered but not passed
    /// on, on all connections, including full ones that still await answers.
    ///
    /// With twice as many, a HEAD on loopback takes a tenth longer, because what is known of them
    /// does not fit the processor's caches.
    var capacity: Int {
        connectionLimit
            * (min(limits.depth, limits.answersPerConnection ?? .max) + GuardedPipeline.window)
    }

    /// The number of connections, including those being made.
    var connectionCount: Int { connections.count }

    /// Whether ``sendQueued(connectionRoom:isPaused:)`` has anything to do.
    var isBusy: Bool { !connections.isEmpty || !queue.isEmpty }

    /// Takes a question; the next ``sendQueued(connectionRoom:isPaused:)`` sends it.
    func ask(_ tag: RequestTag) {
        queue.append(tag)
    }

    /// Starts from the results of an earlier run, unless this one has found something already.
    func begin(with strategy: AskingStrategy) {
        guard stage == .unproven, limits == PipelineLimits() else { return }
        limits = PipelineLimits(remembering: strategy)
    }

    /// Starts the proof with a file that is known to answer 200 with a length other than 0, and
    /// with nonexistent names.
    func prove(_ sentinels: GuardedPipeline.Sentinels) {
        guard stage == .unproven, limits.problem == nil else { return }
        stage = .probing
        self.sentinels = sentinels
        connect()
    }

    /// Fills the connections, opens and closes some, and ends those that time out.
    ///
    /// `connectionRoom` is the number of connections that may be added. While `isPaused`, nothing
    /// is sent, and queued questions are recalled.
    func sendQueued(connectionRoom: Int, isPaused: Bool) {
        let limit = max(1, connectionRoom + connections.count)
        if limits.problem != nil {
            for connection in connections { connection.close() }
        }
        let now = clock.now
        for connection in connections where connection.state == .open {
            service(connection, now, isPaused: isPaused)
        }
        connections.removeAll { $0.state == .closed }
        guard isStreaming else { return takeQueue { receive(.returned(tag: $0)) } }
        if isPaused { return takeQueue { receive(.recalled(tag: $0)) } }
        for connection in connections where connection.state == .open { fill(connection) }
        connections.removeAll { $0.state == .closed }
        guard !queue.isEmpty, limits.problem == nil else { return }
        // A connection that is nearly full no longer counts: the next is made while it ends.
        let willing = connections.count {
            $0.state == .connecting || !limits.isNearlyFull(sent: $0.sentCount)
        }
        if willing < limit, connections.count < 2 * connectionLimit { connect() }
    }

    private func service(
        _ connection: GuardedPipeline,
        _ now: ContinuousClock.Instant,
        isPaused: Bool
    ) {
        let silence = now - connection.lastProgress
        if connection.inFlightCount > 0 {
            if silence > answerPatience { connection.close() }
        } else if stage == .streaming {
            if silence > Self.idlePatience || isFull(connection) {
                connection.close()
            } else if silence > Self.batchingPatience, !isPaused || !connection.isRefused {
                // One sentinel during a pause is cheaper than repeating everything before it.
                connection.guardEnd()
            }
        }
    }

    private func isFull(_ connection: GuardedPipeline) -> Bool {
        limits.answersPerConnection.map { connection.sentCount >= $0 } ?? false
    }

    private func fill(_ connection: GuardedPipeline) {
        connection.fill(
            room: limits.room(sent: connection.sentCount, answered: connection.answeredCount),
            limit: limits.answersPerConnection,
            offer: { isFirst in
                queue.first.map { ($0, request($0, isFirst)) }
            },
            taken: { _ = queue.popFirst() }
        )
    }

    private func connect() {
        guard let sentinels else { return }
        do {
            let connection = try GuardedPipeline(
                loop: loop,
                url: url,
                authorityFile: authorityFile,
                address: nextAddress(),
                sentinels: sentinels,
                needsProof: stage != .streaming
            ) { [unowned self] connection, event in take(event, connection) }
            connections.append(connection)
        } catch {
            giveUp("\(error)")
        }
    }

    /// The address to connect to; nil to let libcurl choose.
    private func nextAddress() -> String? {
        let all = addresses()
        guard all.count > 1 else { return nil }
        let reachable = all.filter { !avoided.contains($0) }
        guard !reachable.isEmpty else { return nil }
        madeCount += 1
        return reachable[madeCount % reachable.count]
    }

    /// From now on, questions are asked one by one.
    func giveUp(_ reason: String) {
        limits.give(up: reason)
        takeQueue { receive(.returned(tag: $0)) }
    }

    private func take(_ event: GuardedPipeline.Event, _ connection: GuardedPipeline) {
        switch event {
        case .connected(let address): receive(.connected(address))
        case .proven:
            stage = .streaming
            fill(connection)
        case .counted(let head): note(head, connection)
        case .answered(let answers): receive(.answered(answers))
        case .sentinelSent: receive(.sentMore)
        case .closed(let ending, let unproven, let unanswered):
            note(ending, of: connection, unanswered.isEmpty)
            var tags = unanswered
            // If the server did not close cleanly, the first question may be the reason.
            if ending != .announced, !tags.isEmpty { receive(.returned(tag: tags.removeFirst())) }
            putBack(unproven + tags)
        case .mixedUp(let unanswered):
            putBack(unanswered)
            // The server at another address may lack the sentinels' file.
            if let address = connection.address, avoided.insert(address).inserted {
                if stage == .probing { stage = .unproven }
                break
            }
            giveUp("its answers are not those to the questions")
        case .unprovable(let unproven, let unanswered):
            if stage == .probing { stage = .unproven }
            for tag in unproven { receive(.returned(tag: tag)) }
            putBack(unanswered)
            giveUp("it refuses what is known to be there")
        }
    }

    private func note(_ head: ResponseHead, _ connection: GuardedPipeline) {
        if head.isHTTP10 { limits.give(up: "it answers by HTTP/1.0") }
        limits.noteAnswer(
            answered: connection.answeredCount,
            remainingCount: head.remainingCount
        )
        if head.isLast {
            limits.noteLastAnswer(answered: connection.answeredCount, status: head.status)
        }
        if head.status == 429 || head.status == 503 { receive(.complained(head)) }
    }

    private func note(
        _ ending: PipelinedConnection.Ending,
        of connection: GuardedPipeline,
        _ isComplete: Bool
    ) {
        // An interrupted proof loses no questions, but counts as trouble.
        let isHarmless = isComplete && stage != .probing
        if stage == .probing { stage = .unproven }
        switch ending {
        case .announced: break
        case .dismissed where isHarmless: break
        case .cut where isHarmless && connection.sentCount > 0: break
        case .broken, .unsolicited: limits.give(up: "\(ending)")
        case .dismissed:
            limits.noteCut(
                answered: connection.answeredCount,
                reason: "no answer for \(answerPatience)"
            )
        case .notConnected
        where connection.address.map({ avoided.insert($0).inserted }) ?? false:
            // The files may be at the other addresses.
            break
        case .cut, .notConnected:
            limits.noteCut(answered: connection.answeredCount, reason: "\(ending)")
        }
    }

    /// Puts questions back in front of the queue, in their order.
    private func putBack(_ tags: [RequestTag]) {
        for _ in tags { receive(.sentMore) }
        queue.prepend(contentsOf: tags)
    }

    private func takeQueue(_ receive: (_ tag: RequestTag) -> Void) {
        guard !queue.isEmpty else { return }
        let tags = queue
        queue = []
        for tag in tags { receive(tag) }
    }
}
