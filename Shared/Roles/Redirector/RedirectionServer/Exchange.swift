import Bytes
import Redirection

/// Carries the bytes of a ``Conversation`` through a socket.
///
/// All requests that one read brings are answered by one write. While the client does not take its
/// answers, nothing more is read from it and nothing more is made for it. One that waits for a request
/// holds no buffer at all.
struct Exchange: ~Copyable {
    /// What is to be done once it has had its turn.
    enum Turn {
        /// Nothing before the next event.
        case waits
        /// More at once, when the others have had their turn.
        case goesOn
        /// It is over: the socket is to be closed.
        case isOver
        /// The answer that the client waits for is to be made elsewhere.
        case defers(DeferredAnswer)
    }

    /// How often one connection is read before the others have their turn.
    private static let readsPerTurn = 4

    private let socket: StreamSocket
    private var conversation: Conversation
    /// What has arrived and could not be answered yet.
    private var input: [UInt8] = []
    /// Whether `input` may hold a whole request.
    private var isInterrupted = false
    /// Answers that the client has not taken yet, and how many of these bytes it has.
    private var output: [UInt8] = []
    private var sentCount = 0
    private var isSendingHalfClosed = false
    /// Whether the client has closed its sending half, so that a read which brought less than it
    /// could have is not the last.
    private var isAtEnd = false

    init(through socket: StreamSocket, peer: IPAddress?, deadline: Int64) {
        self.socket = socket
        conversation = Conversation(with: Responder.Peer(address: peer), deadline: deadline)
    }

    /// When the connection ends if nothing happens; by ``Clock/milliseconds()``.
    var deadline: Int64 { conversation.deadline }
    /// Whether no request is under way.
    var isIdle: Bool { conversation.isIdle && input.isEmpty && output.isEmpty }
    /// Whether it waits until the client takes bytes.
    var isBehind: Bool { !output.isEmpty }

    /// Something happened to the socket.
    mutating func takeTurn(after event: Epoll.Event, _ loop: inout LoopState) -> Turn {
        if event.isEndOfInput { isAtEnd = true }
        if event.isGone, conversation.isOnHold { return .isOver }
        return takeTurn(&loop)
    }

    /// Sends, reads and answers until the socket neither gives nor takes.
    mutating func takeTurn(_ loop: inout LoopState) -> Turn {
        for _ in 0..<Self.readsPerTurn {
            guard isBehind ? sendRest(&loop) : true else { return .isOver }
            if isBehind || conversation.isOnHold { return .waits }
            if isInterrupted {
                let waiting = input
                if let turn = answer(waiting.span, &loop) { return turn }
                continue
            }
            switch unsafe socket.receive(into: loop.arrivals) {
            case .nothing: return .waits
            case .end: return .isOver
            case .bytes(let count):
                let arrived = unsafe UnsafeBufferPointer(rebasing: loop.arrivals[..<count])
                if let turn = take(unsafe arrived.span, &loop) { return turn }
                if count < LoopState.arrivalByteCount, !isAtEnd, !isInterrupted { return .waits }
            }
        }
        return .goesOn
    }

    /// Deals with bytes that have come; nil when the turn goes on.
    private mutating func take(_ arrived: Span<UInt8>, _ loop: inout LoopState) -> Turn? {
        // The last answer is out: what still comes is dropped.
        if conversation.end != nil { return nil }
        if input.isEmpty { return answer(arrived, &loop) }
        var bytes = input
        bytes.append(addingCapacity: arrived.count) { $0.append(copying: arrived) }
        return answer(bytes.span, &loop)
    }

    /// Answers what is complete in `bytes`, and keeps the rest; nil when the turn goes on.
    private mutating func answer(_ bytes: Span<UInt8>, _ loop: inout LoopState) -> Turn? {
        let progress = conversation.answer(
            bytes,
            with: &loop.responder,
            limits: loop.limits,
            isClosing: loop.isClosing,
            time: loop.time,
            to: &loop.answers
        )
        isInterrupted = progress.isInterrupted
        if conversation.end == nil, progress.taken < bytes.count {
            let rest = bytes.extracting(progress.taken..<bytes.count)
            input = unsafe rest.withUnsafeBufferPointer { unsafe Array($0) }
        } else if !input.isEmpty {
            input = []
        }
        let isOpen = sendAnswers(&loop)
        loop.count(progress.answerCount)
        guard isOpen else { return .isOver }
        if let deferred = progress.deferred { return .defers(deferred) }
        return isBehind ? .waits : nil
    }

    /// Takes over the answer that was made elsewhere.
    mutating func resume(with answer: [UInt8], _ loop: inout LoopState) -> Turn {
        conversation.resume(at: loop.time.milliseconds &+ loop.limits.idle)
        output += answer
        return takeTurn(&loop)
    }

    /// The deadline has passed: the connection ends, but for a last word to a client that is in the
    /// middle of a head.
    mutating func timeIsUp(_ loop: inout LoopState) -> Turn {
        guard !isBehind, !isSendingHalfClosed else { return .isOver }
        conversation.timeIsUp(with: &loop.responder, time: loop.time, to: &loop.answers)
        return sendAnswers(&loop) ? .waits : .isOver
    }
}

// MARK: - Sending

extension Exchange {
    /// Sends the answers that were just made; false when the connection is over.
    private mutating func sendAnswers(_ loop: inout LoopState) -> Bool {
        if !loop.answers.isEmpty {
            defer { loop.answers.removeAll(keepingCapacity: true) }
            if isBehind {
                output += loop.answers
                return true
            }
            guard let count = socket.send(loop.answers.span) else { return false }
            if count < loop.answers.count {
                output = Array(loop.answers[count...])
                return true
            }
        }
        return isBehind || goesOn(&loop)
    }

    /// Sends more of what the client was too slow for; false when the connection is over.
    private mutating func sendRest(_ loop: inout LoopState) -> Bool {
        guard let count = socket.send(output.span.extracting(sentCount..<output.count)) else {
            return false
        }
        sentCount += count
        if count > 0 { conversation.extend(to: loop.time.milliseconds &+ loop.limits.idle) }
        guard sentCount == output.count else { return true }
        output = []
        sentCount = 0
        return goesOn(&loop)
    }

    /// Whether anything may follow what has been sent.
    private mutating func goesOn(_ loop: inout LoopState) -> Bool {
        guard !conversation.isOnHold else { return true }
        switch conversation.end {
        case nil: return true
        case .atOnce: return false
        case .lingering:
            guard !isSendingHalfClosed else { return true }
            isSendingHalfClosed = true
            conversation.extend(to: loop.time.milliseconds &+ loop.limits.lingering)
            socket.closeSendingHalf()
            return true
        }
    }
}
