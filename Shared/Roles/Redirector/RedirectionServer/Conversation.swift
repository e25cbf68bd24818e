import Linux
import Mirrors
import Redirection

/// The requests and answers of one connection, apart from the socket they travel through.
///
/// Bytes in, bytes out, and a deadline: what sends and receives them is somebody else's business.
struct Conversation {
    /// Whether it goes on.
    enum End: Sendable {
        /// Everything the client sent has been read: the connection can be closed.
        case atOnce
        /// The client may still be sending.
        ///
        /// Closing at once would make the kernel send a reset, and the answer could be lost with it
        /// (RFC 9112, section 9.6): the sending half is to be closed, and what comes is to be
        /// dropped for a while.
        case lingering
    }

    /// Nil as long as another request may come.
    private(set) var end: End?
    /// When the connection ends if nothing happens; by ``Clock/milliseconds()``.
    private(set) var deadline: Int64
    /// When the client was last of use to itself: it got an answer, or took bytes of one; at first
    /// when it came.
    private(set) var activeAt: Int64
    /// Whether a head has begun to arrive, so that `deadline` is its deadline.
    private(set) var isInsideHead = false
    /// Whether an answer is being made elsewhere, or waits for something: nothing more is answered
    /// until ``resume(at:)`` or ``askAgain(isPatient:)``.
    private(set) var isOnHold = false

    private var parser = RequestParser()
    /// How many bytes of a body are still to be dropped.
    private var bodyByteCount = 0
    private var requestCount = 0
    /// Whether the next request may be made to wait.
    private var isPatient = true
    /// Since when the next request waits.
    private var heldSince: Int64?
    private let peer: Responder.Peer

    init(with peer: Responder.Peer, time: Int64, deadline: Int64) {
        self.peer = peer
        self.deadline = deadline
        activeAt = time
    }

    var address: IPAddress? { peer.address }

    /// Whether no request is under way.
    var isIdle: Bool { end == nil && !isInsideHead && !isOnHold && bodyByteCount == 0 }

    /// What came of some bytes.
    struct Progress {
        /// How many of them are done with; the others are to be given again.
        var taken = 0
        /// Whether the others hold more than the beginning of a head, so that they need not wait
        /// for bytes to come.
        var isInterrupted = false
        /// How many requests were answered here.
        var answerCount = 0
        /// What the last request needs that cannot be made here; it follows those that were
        /// answered.
        var hold: Hold?
    }

    /// Why a conversation is on hold.
    enum Hold {
        /// Until a page is made.
        case page(PageRequest)
        /// Until the request, which was not taken, can be answered; it waits since then.
        case wait(for: Awaited, since: Int64)
    }

    /// Answers the requests that are complete in `input`.
    ///
    /// Stops early when `answers` holds as much as may be pending, or when a request has to wait.
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
            guard !isOnHold, answers.count < limits.pendingByteCount else {
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
                let sequel = Sequel(of: head, isLast: isLast, limits: limits)
                let outcome = responder.answer(
                    head,
                    in: bytes,
                    from: peer,
                    now: time.seconds,
                    closing: sequel.end != nil,
                    isPatient: isPatient,
                    to: &answers
                )
                if case .waits(let awaited) = outcome {
                    wait(for: awaited, time, limits, &progress)
                    return progress
                }
                take(head, sequel, time, limits)
                progress.taken += head.byteCount
                if case .page(let request) = outcome {
                    isOnHold = true
                    deadline = time.milliseconds &+ limits.hold
                    progress.hold = .page(request)
                } else {
                    progress.answerCount += 1
                }
            }
        }
        // What follows the last answer is nobody's request.
        if end != nil, progress.taken < input.count { end = .lingering }
        return progress
    }

    /// Drops what has come of a body.
    private mutating func dropBody(
        of input: Span<UInt8>,
        _ progress: inout Progress,
        _ limits: ConnectionLimits,
        _ time: Clock.Reading
    ) {
        let dropped = min(bodyByteCount, input.count - progress.taken)
        bodyByteCount -= dropped
        progress.taken += dropped
        if bodyByteCount == 0, !isOnHold { deadline = time.milliseconds &+ limits.idle }
    }

    private mutating func wait(
        for awaited: Awaited,
        _ time: Clock.Reading,
        _ limits: ConnectionLimits,
        _ progress: inout Progress
    ) {
        let since = heldSince ?? time.milliseconds
        heldSince = since
        isOnHold = true
        isInsideHead = false
        // Whoever holds it asks again long before.
        deadline = time.milliseconds &+ limits.hold
        progress.hold = .wait(for: awaited, since: since)
        progress.isInterrupted = true
    }

    /// The request with `head` is answered, or will be: settles what follows.
    private mutating func take(
        _ head: RequestHead,
        _ sequel: Sequel,
        _ time: Clock.Reading,
        _ limits: ConnectionLimits
    ) {
        isInsideHead = false
        isPatient = true
        heldSince = nil
        requestCount &+= 1
        activeAt = time.milliseconds
        end = sequel.end
        bodyByteCount = sequel.bodyByteCount
        // A body has the patience that a head has.
        deadline = time.milliseconds &+ (bodyByteCount > 0 ? limits.head : limits.idle)
    }

    /// The page has been made: requests are answered again.
    mutating func resume(at time: Int64, limits: ConnectionLimits) {
        isOnHold = false
        deadline = time &+ (bodyByteCount > 0 ? limits.head : limits.idle)
    }

    /// What the request waits for is there, or its patience is over: it is to be answered again.
    mutating func askAgain(isPatient: Bool) {
        isOnHold = false
        self.isPatient = isPatient
    }

    /// The deadline has passed: says so to a client that is in the middle of a head.
    ///
    /// The conversation is over in any case.
    mutating func timeIsUp(
        with responder: inout Responder,
        time: Clock.Reading,
        to answers: inout [UInt8]
    ) {
        isOnHold = false
        guard end == nil, isInsideHead else {
            end = .atOnce
            return
        }
        responder.refuse(.timeout, now: time.seconds, to: &answers)
        end = .lingering
    }

    /// The last answer is out: for a while, what the client still sends is dropped.
    mutating func linger(until deadline: Int64) {
        self.deadline = deadline
    }

    /// The client took bytes.
    mutating func progressed(at time: Int64, limits: ConnectionLimits) {
        activeAt = time
        deadline = time &+ limits.idle
    }
}

/// What follows a request: another one, a body to drop, or the end.
private struct Sequel {
    var end: Conversation.End?
    var bodyByteCount = 0

    /// A chunked body, a long one, and one that the client holds back until it is told to send it
    /// are not worth the connection.
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
