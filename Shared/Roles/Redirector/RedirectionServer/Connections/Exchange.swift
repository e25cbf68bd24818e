import Bytes
import Linux
import Mirrors
import Redirection

/// Moves the bytes of a ``Conversation`` through a socket.
///
/// All requests in one read are answered by one write. While a client does not take its answers,
/// nothing is read from it and no answers are made for it. An idle connection has no buffers.
struct Exchange: ~Copyable {
    /// What to do next.
    enum Next {
        /// Nothing before the next event.
        case rests
        /// Continue at once, after the other connections.
        case goesOn
        /// It has ended: close the socket.
        case isOver
        /// The next answer needs something else first; see ``Conversation/Wait``.
        case isWaiting(Conversation.Wait)
    }

    /// The maximum number of reads of one connection before the others are served.
    private static let readsInARow = 4

    private let socket: StreamSocket
    private var conversation: Conversation
    /// Input that could not be answered yet.
    private var input: [UInt8] = []
    /// Whether `input` may contain a whole request.
    private var isInterrupted = false
    /// Answers that the client has not taken yet, and how many of these bytes it has.
    private var output: [UInt8] = []
    private var sentCount = 0
    /// An upper bound of the bytes that the kernel still has for the client, until
    /// ``askKernel(_:)``.
    private var keptCount = 0
    /// The connection's share of ``LoopState/pendingByteCount``.
    private(set) var pendingByteCount = 0
    private var isSendingHalfClosed = false
    /// Whether the client has closed its sending half, so that a short read is not the last one.
    private var isAtEnd = false

    init(through socket: StreamSocket, peer: IPAddress?, time: Int64, deadline: Int64) {
        self.socket = socket
        conversation = Conversation(
            with: Responder.Peer(address: peer),
            time: time,
            deadline: deadline
        )
    }

    /// The deadline without further activity; by ``Clock/milliseconds()``.
    var deadline: Int64 { conversation.deadline }
    /// See ``Conversation/activeAt``.
    var activeAt: Int64 { conversation.activeAt }
    var address: IPAddress? { conversation.address }
    /// Whether no request is in progress.
    var isIdle: Bool { conversation.isIdle && input.isEmpty && output.isEmpty }
    /// Whether it waits for an answer made elsewhere, or for what the answer needs.
    var isWaiting: Bool { conversation.isWaiting }
    /// Whether it waits for the client to take bytes.
    var isBehind: Bool { !output.isEmpty }
    /// Whether the kernel may have bytes that the client has not taken.
    var hasUntaken: Bool { keptCount > 0 }

    /// Handles an event of the socket.
    mutating func proceed(after event: Epoll.Event, _ loop: inout LoopState) -> Next {
        if event.events.contains(.endOfInput) { isAtEnd = true }
        if !event.events.isDisjoint(with: .gone), conversation.isWaiting { return .isOver }
        return proceed(&loop)
    }

    /// Sends, reads and answers until the socket would block.
    mutating func proceed(_ loop: inout LoopState) -> Next {
        let next = sendAndReceive(&loop)
        count(&loop)
        return next
    }

    private mutating func sendAndReceive(_ loop: inout LoopState) -> Next {
        for _ in 0..<Self.readsInARow {
            guard isBehind ? sendRest(&loop) : true else { return .isOver }
            if isBehind || conversation.isWaiting { return .rests }
            if isInterrupted {
                let waiting = input
                if let next = answer(waiting.span, &loop) { return next }
                continue
            }
            switch unsafe socket.receive(into: loop.arrivals) {
            case .nothing: return .rests
            case .end: return .isOver
            case .bytes(let count):
                let arrived = unsafe UnsafeBufferPointer(rebasing: loop.arrivals[..<count])
                if let next = take(unsafe arrived.span, &loop) { return next }
                if count < LoopState.arrivalByteCount, !isAtEnd, !isInterrupted { return .rests }
            }
        }
        return .goesOn
    }

    /// Handles received bytes; nil if reading continues.
    private mutating func take(_ arrived: Span<UInt8>, _ loop: inout LoopState) -> Next? {
        // The last answer was sent: discard input.
        if conversation.end != nil { return nil }
        if input.isEmpty { return answer(arrived, &loop) }
        var bytes = input
        bytes.append(addingCapacity: arrived.count) { $0.append(copying: arrived) }
        return answer(bytes.span, &loop)
    }

    /// Answers the complete requests in `bytes`, and keeps the rest; nil if reading continues.
    private mutating func answer(_ bytes: Span<UInt8>, _ loop: inout LoopState) -> Next? {
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
        if let wait = progress.wait { return .isWaiting(wait) }
        return isBehind ? .rests : nil
    }

    /// Sends the page that was made elsewhere.
    mutating func resume(with page: [UInt8], _ loop: inout LoopState) -> Next {
        conversation.resume(at: loop.time.milliseconds, limits: loop.limits)
        output += page
        return proceed(&loop)
    }

    /// Answers the waiting request.
    mutating func askAgain(isPatient: Bool, _ loop: inout LoopState) -> Next {
        conversation.askAgain(isPatient: isPatient)
        return proceed(&loop)
    }

    /// Ends the connection at its deadline, after an error to a client in the middle of a head.
    mutating func timeIsUp(_ loop: inout LoopState) -> Next {
        guard !isBehind, !isSendingHalfClosed else { return .isOver }
        conversation.timeIsUp(with: &loop.responder, time: loop.time, to: &loop.answers)
        let isOpen = sendAnswers(&loop)
        count(&loop)
        return isOpen ? .rests : .isOver
    }
}

// MARK: - Sending

extension Exchange {
    /// Sends the answers that were just made; false if the connection has ended.
    private mutating func sendAnswers(_ loop: inout LoopState) -> Bool {
        if !loop.answers.isEmpty {
            defer { loop.answers.removeAll(keepingCapacity: true) }
            if isBehind {
                output += loop.answers
                return true
            }
            guard let count = socket.send(loop.answers.span) else { return false }
            keptCount &+= count
            if count < loop.answers.count {
                output = Array(loop.answers[count...])
                return true
            }
        }
        return isBehind || goesOn(&loop)
    }

    /// Sends more of what the client was too slow for; false if the connection has ended.
    private mutating func sendRest(_ loop: inout LoopState) -> Bool {
        guard let count = socket.send(output.span.extracting(sentCount..<output.count)) else {
            return false
        }
        sentCount += count
        keptCount &+= count
        if count > 0 {
            conversation.progressed(at: loop.time.milliseconds, limits: loop.limits)
        }
        guard sentCount == output.count else { return true }
        output = []
        sentCount = 0
        return goesOn(&loop)
    }

    /// Whether anything may follow what was sent.
    private mutating func goesOn(_ loop: inout LoopState) -> Bool {
        guard !conversation.isWaiting else { return true }
        switch conversation.end {
        case nil: return true
        case .atOnce: return false
        case .lingering:
            guard !isSendingHalfClosed else { return true }
            isSendingHalfClosed = true
            conversation.linger(until: loop.time.milliseconds &+ loop.limits.lingering)
            socket.closeSendingHalf()
            return true
        }
    }
}

// MARK: - What waits

extension Exchange {
    /// Counts what is pending on this connection: answers here and in the kernel, the beginning of
    /// a request, and what the kernel buffers from a client that is not read.
    private mutating func count(_ loop: inout LoopState) {
        keptCount = min(keptCount, ListeningSocket.keptByteCount)
        var pending = keptCount &+ output.count &+ input.count
        if isBehind || conversation.isWaiting { pending &+= ListeningSocket.keptByteCount }
        loop.pendingByteCount &+= pending &- pendingByteCount
        pendingByteCount = pending
    }

    /// Asks the kernel how much of its data the client has taken.
    mutating func askKernel(_ loop: inout LoopState) {
        keptCount = socket.unsentByteCount
        count(&loop)
    }
}
