import HTTPTransport

/// A pipelined connection that passes answers on only after a sentinel behind them was answered
/// correctly.
///
/// An answer to HEAD does not say what it answers: only the order does, and a server or proxy that
/// mixes it up would give one file's answer to another. So requests with known answers, for an
/// existing file and for nonexistent names, are sent first, after every ``window`` questions and
/// after the last. One wrong answer to them discards all answers since the last correct one.
final class GuardedPipeline {
    /// The requests with known answers.
    struct Sentinels {
        /// For a file that answers 200 with ``knownByteCount``.
        var known: [UInt8]
        var knownByteCount: UInt64
        /// For names that no server has.
        var absent: [[UInt8]]
    }

    /// An answer whose position in the order may or may not be proven.
    struct TaggedHead {
        var tag: RequestTag
        var head: ResponseHead
    }

    /// An event of a connection.
    enum Event {
        /// Connected to this address.
        case connected(String)
        /// The first sentinels were answered correctly: questions may be sent.
        case proven
        /// Received an answer whose position is not yet proven, or one to a sentinel.
        case counted(ResponseHead)
        /// These answers belong to the questions that they name, as far as it matters.
        case answered([TaggedHead])
        /// A sentinel was sent, which costs the host a request.
        case sentinelSent
        /// The connection is closed; some questions have an answer without proof, the others none.
        case closed(PipelinedConnection.Ending, unproven: [RequestTag], unanswered: [RequestTag])
        /// A sentinel was answered wrongly, and the connection is closed.
        case mixedUp(unanswered: [RequestTag])
        /// Too many sentinels in a row were refused, and the connection is closed: no place in the
        /// order can be proven.
        case unprovable(unproven: [RequestTag], unanswered: [RequestTag])
    }

    /// The maximum number of questions per sentinel: about 1 % more requests, and at most this many
    /// to repeat if a connection breaks.
    static let window = 128
    /// After this many refused sentinels in a row, the trouble is not temporary.
    private static let refusalLimit = 3

    private(set) var isProven = false
    /// The requested address; nil for any.
    let address: String?
    private let sentinels: Sentinels
    private let receive: (GuardedPipeline, Event) -> Void
    private var connection: PipelinedConnection?
    /// The answers since the latest correct one to a sentinel.
    private var unplaced: [TaggedHead] = []
    /// The number of questions sent since the latest sentinel.
    private var unguardedCount = 0
    /// The number of sentinels sent; their tags are negative.
    private var sentinelCount = 0
    private var isMixedUp = false
    /// The number of sentinels in a row refused with a status that does not ask for a pause.
    private var refusedCount = 0
    /// How many sentinels begin a connection of which nothing is known.
    private let openingCount: Int

    /// Starts to connect; `needsProof` if the host has not yet shown that it supports pipelining.
    init(
        loop: MultiLoop,
        url: String,
        authorityFile: String?,
        address: String? = nil,
        sentinels: Sentinels,
        needsProof: Bool,
        receive: @escaping (GuardedPipeline, Event) -> Void
    ) throws(HTTPTransportError) {
        self.sentinels = sentinels
        self.address = address
        self.receive = receive
        openingCount = needsProof ? 2 * sentinels.absent.count + 1 : 0
        connection = try PipelinedConnection(
            loop: loop,
            url: url,
            authorityFile: authorityFile,
            address: address
        ) { [unowned self] _, event in take(event) }
    }

    var state: CurlConnection.State { connection?.state ?? .closed }
    var sentCount: Int { connection?.sentCount ?? 0 }
    var answeredCount: Int { connection?.answeredCount ?? 0 }
    var inFlightCount: Int { connection?.inFlightCount ?? 0 }
    /// See ``PipelinedConnection/lastProgress``.
    var lastProgress: ContinuousClock.Instant { connection?.lastProgress ?? ContinuousClock().now }

    /// Sends as many requests as `room` allows, including sentinels.
    ///
    /// `limit` is the number of answers that the server gives on one connection; the last of them
    /// is a sentinel's. `offer` returns the next question without removing it from its queue,
    /// `taken` removes it.
    func fill(
        room: Int,
        limit: Int?,
        offer: (_ isFirst: Bool) -> (tag: RequestTag, request: [UInt8])?,
        taken: () -> Void
    ) {
        guard let connection, isProven else { return }
        for _ in 0..<max(0, room) {
            let isLast = limit.map { connection.sentCount + 1 >= $0 } ?? false
            if unguardedCount >= Self.window || (isLast && unguardedCount > 0) {
                guard sendSentinel() else { break }
            } else {
                guard let (tag, request) = offer(connection.sentCount == 0),
                    connection.enqueue(request, tag: tag)
                else { break }
                taken()
                unguardedCount += 1
            }
        }
        connection.flush()
    }

    /// Whether the latest sentinel was refused.
    private(set) var isRefused = false

    /// Sends a sentinel after the last question, if answers wait for one.
    func guardEnd() {
        guard unguardedCount > 0, !unplaced.isEmpty, sendSentinel() else { return }
        connection?.flush()
    }

    func close() { connection?.close() }

    private func sendSentinel() -> Bool {
        guard let connection, !sentinels.absent.isEmpty else { return false }
        let number = sentinelCount
        let request =
            Self.isForKnownFile(number)
            ? sentinels.known : sentinels.absent[number / 2 % sentinels.absent.count]
        guard connection.enqueue(request, tag: RequestTag(~number)) else { return false }
        sentinelCount += 1
        unguardedCount = 0
        receive(self, .sentinelSent)
        return true
    }

    /// Known and absent ones alternate, so that answers shifted by one are detected.
    private static func isForKnownFile(_ number: Int) -> Bool { number.isMultiple(of: 2) }

    private func take(_ event: PipelinedConnection.Event) {
        switch event {
        case .opened(let address):
            if let address { receive(self, .connected(address)) }
            isProven = openingCount == 0
            if isProven { return receive(self, .proven) }
            for _ in 0..<openingCount { _ = sendSentinel() }
            connection?.flush()
        case .answered(let tag, let head):
            receive(self, .counted(head))
            guard tag.number >= 0 else { return judge(~tag.number, head) }
            let answer = TaggedHead(tag: tag, head: head)
            // A busy server is busy for any request, so the order does not matter.
            if head.status == 429 || head.status == 503 {
                receive(self, .answered([answer]))
            } else {
                unplaced.append(answer)
            }
        case .closed(let ending, let tags):
            let unanswered = tags.filter { $0.number >= 0 }
            let unproven = unplaced.map(\.tag)
            unplaced = []
            if isMixedUp {
                receive(self, .mixedUp(unanswered: unproven + unanswered))
            } else if refusedCount >= Self.refusalLimit {
                receive(self, .unprovable(unproven: unproven, unanswered: unanswered))
            } else {
                receive(self, .closed(ending, unproven: unproven, unanswered: unanswered))
            }
        }
    }

    private enum SentinelResult {
        case right
        case wrong
        /// A busy server gives the same answer to any request, which proves nothing.
        case inconclusive
    }

    private func result(_ number: Int, _ head: ResponseHead) -> SentinelResult {
        let isKnownAnswer = head.status == 200 && head.byteCount == sentinels.knownByteCount
        if isKnownAnswer { return Self.isForKnownFile(number) ? .right : .wrong }
        switch head.status {
        case 403, 429, 500...: return .inconclusive
        default: return Self.isForKnownFile(number) ? .wrong : .right
        }
    }

    private func judge(_ number: Int, _ head: ResponseHead) {
        switch result(number, head) {
        case .right:
            (refusedCount, isRefused) = (0, false)
            let answers = unplaced
            unplaced.removeAll(keepingCapacity: true)
            if !answers.isEmpty { receive(self, .answered(answers)) }
            guard !isProven, number == openingCount - 1 else { return }
            isProven = true
            receive(self, .proven)
        case .wrong:
            isMixedUp = true
            close()
        case .inconclusive:
            // Another one is sent after the last question.
            if !unplaced.isEmpty { unguardedCount = max(1, unguardedCount) }
            isRefused = true
            if head.status != 429, head.status != 503 { refusedCount += 1 }
            if !isProven || refusedCount >= Self.refusalLimit { close() }
        }
    }
}
