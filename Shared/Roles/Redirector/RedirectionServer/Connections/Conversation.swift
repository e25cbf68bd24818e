import Linux
import Mirrors
import Redirection

/// The requests and answers of one connection, apart from the socket.
///
/// It takes bytes, gives bytes, and has a deadline; the caller sends and receives.
struct Conversation {
    /// How it ends.
    enum End: Sendable {
        /// Everything that the client sent was read: the connection can be closed.
        case atOnce
        /// The client may still be sending.
        ///
        /// Closing at once would make the kernel send a reset, and the answer could be lost (RFC
        /// 9112, section 9.6): shut down the sending half, and discard input for a while.
        case lingering
    }

    /// Nil as long as another request may follow.
    private(set) var end: End?
    /// The deadline without further activity; by ``Clock/milliseconds()``.
    private(set) var deadline: Int64
    /// When the client last got an answer or took bytes of one; at first when it connected.
    private(set) var activeAt: Int64
    /// Whether a head has begun to arrive, so that `deadline` applies to it.
    private(set) var isInsideHead = false
    /// Whether an answer is being made elsewhere, or waits for something: nothing more is answered
    /// until ``resume(at:)`` or ``askAgain(isPatient:)``.
    private(set) var isWaiting = false

    private var parser = RequestParser()
    /// How many bytes of a body remain to be discarded.
    private var bodyByteCount = 0
    private var requestCount = 0
    /// Whether the next request may be made to wait.
    private var isPatient = true
    /// Since when the next request has been waiting.
    private var heldSince: Int64?
    private let peer: Responder.Peer

    init(with peer: Responder.Peer, time: Int64, deadline: Int64) {
        self.peer = peer
        self.deadline = deadline
        activeAt = time
    }

    var address: IPAddress? { peer.address }

    /// Whether no request is in progress.
    var isIdle: Bool { end == nil && !isInsideHead && !isWaiting && bodyByteCount == 0 }

    /// The result of processing some bytes.
    struct Progress {
        /// How many of them were processed; pass the rest again.
        var taken = 0
        /// Whether the rest is more than the beginning of a head, so that it can be processed
        /// without further input.
        var isInterrupted = false
        /// The number of requests that were answered here.
        var answerCount = 0
        /// What the last request needs that cannot be made here; it follows the answered ones.
        var wait: Wait?
    }

    /// Why a conversation has to wait.
    enum Wait {
        /// Until a page is made.
        case page(PageRequest)
        /// Until the request, which was not taken, can be answered; it has been waiting since then.
        case wait(for: Awaited, since: Int64)
    }

    /// Answers the complete requests in `input`.
    ///
    /// Stops early when `answers` reaches the limit of pending bytes, or when a request has to
    /// wait.
    mutating func answer(
        _ input: Span<UInt8>,
        with responder: inout Responder,
        limits: ConnectionLimits,
        isClosing: Bool,
        time: Clock.Reading,
        to answers: inout [UInt8]
    ) -> Progress {
        var progress = Progress()
        while end == nil {
            if bodyByteCount > 0 { dropBody(of: input, &progress, limits, time) }
            guard progress.taken < input.count else { break }
            guard !isWaiting, answers.count < limits.pendingByteCount else {
                progress.isInterrupted = true
                return progress
            }

            let bytes = input.extracting(progress.taken..<input.count)
            switch parser.parse(bytes) {
            case .incomplete:
                if !isInsideHead {
                    isInsideHead = true
                    deadline = time.milliseconds &+ limits.head
                }
                return progress
            case .refused(let error):
                responder.refuse(error, now: time.seconds, to: &answers)
                end = .lingering
            case .head(let head):
                let isLast =
                    isClosing || !head.keepsAlive || requestCount &+ 1 >= limits.requestCount
                let nextStep = NextStep(of: head, isLast: isLast, limits: limits)
                let outcome = responder.answer(
                    head,
                    in: bytes,
                    from: peer,
                    now: time.seconds,
                    closing: nextStep.end != nil,
                    isPatient: isPatient,
                    to: &answers
                )
                if case .waits(let awaited) = outcome {
                    wait(for: awaited, time, limits, &progress)
                    return progress
                }
                take(head, nextStep, time, limits)
                progress.taken += head.byteCount
                if case .page(let request) = outcome {
                    isWaiting = true
                    deadline = time.milliseconds &+ limits.wait
                    progress.wait = .page(request)
                } else {
                    progress.answerCount += 1
                }
            }
        }
        // Input after the last answer belongs to no request.
        if end != nil, progress.taken < input.count { end = .lingering }
        return progress
    }

    /// Discards the received part of a body.
    private mutating func dropBody(
        of input: Span<UInt8>,
        _ progress: inout Progress,
        _ limits: ConnectionLimits,
        _ time: Clock.Reading
    ) {
        let dropped = min(bodyByteCount, input.count - progress.taken)
        bodyByteCount -= dropped
        progress.taken += dropped
        if bodyByteCount == 0, !isWaiting { deadline = time.milliseconds &+ limits.idle }
    }

    private mutating func wait(
        for awaited: Awaited,
        _ time: Clock.Reading,
        _ limits: ConnectionLimits,
        _ progress: inout Progress
    ) {
        let since = heldSince ?? time.milliseconds
        heldSince = since
        isWaiting = true
        isInsideHead = false
        // The holder asks again long before.
        deadline = time.milliseconds &+ limits.wait
        progress.wait = .wait(for: awaited, since: since)
        progress.isInterrupted = true
    }

    /// Determines what follows the request with `head`, which was or will be answered.
    private mutating func take(
        _ head: RequestHead,
        _ nextStep: NextStep,
        _ time: Clock.Reading,
        _ limits: ConnectionLimits
    ) {
        isInsideHead = false
        isPatient = true
        heldSince = nil
        requestCount &+= 1
        activeAt = time.milliseconds
        end = nextStep.end
        bodyByteCount = nextStep.bodyByteCount
        // A body has the same time limit as a head.
        deadline = time.milliseconds &+ (bodyByteCount > 0 ? limits.head : limits.idle)
    }

    /// Continues answering requests after the page was made.
    mutating func resume(at time: Int64, limits: ConnectionLimits) {
        isWaiting = false
        deadline = time &+ (bodyByteCount > 0 ? limits.head : limits.idle)
    }

    /// Lets a waiting request be answered again: what it waits for is available, or its patience is
    /// over.
    mutating func askAgain(isPatient: Bool) {
        isWaiting = false
        self.isPatient = isPatient
    }

    /// Ends the conversation at its deadline.
    ///
    /// A client in the middle of a head gets an error.
    mutating func timeIsUp(
        with responder: inout Responder,
        time: Clock.Reading,
        to answers: inout [UInt8]
    ) {
        isWaiting = false
        guard end == nil, isInsideHead else {
            end = .atOnce
            return
        }
        responder.refuse(.timeout, now: time.seconds, to: &answers)
        end = .lingering
    }

    /// Discards input until `deadline`, after the last answer was sent.
    mutating func linger(until deadline: Int64) {
        self.deadline = deadline
    }

    /// Records that the client took bytes.
    mutating func progressed(at time: Int64, limits: ConnectionLimits) {
        activeAt = time
        deadline = time &+ limits.idle
    }
}

/// What follows a request: another one, a body to discard, or the end.
private struct NextStep {
    var end: Conversation.End?
    var bodyByteCount = 0

    /// A chunked body, a long one, and one that the client keeps until `100 Continue` are not
    /// worth keeping the connection.
    init(of head: RequestHead, isLast: Bool, limits: ConnectionLimits) {
        switch head.body {
        case .none:
            if isLast { end = .atOnce }
        case .chunked:
            end = .lingering
        case .byteCount(let count):
            if isLast || head.expectsContinue || count > limits.bodyByteCount {
                end = .lingering
            } else {
                bodyByteCount = count
            }
        }
    }
}
