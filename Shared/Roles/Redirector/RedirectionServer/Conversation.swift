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
    /// Whether a head has begun to arrive, so that `deadline` is its deadline.
    private(set) var isInsideHead = false
    /// Whether an answer is being made elsewhere: nothing more is answered until ``resume(at:)``.
    private(set) var isOnHold = false

    private var parser = RequestParser()
    /// How many bytes of a body are still to be dropped.
    private var bodyByteCount = 0
    private var requestCount = 0
    private let peer: Responder.Peer

    init(with peer: Responder.Peer, deadline: Int64) {
        self.peer = peer
        self.deadline = deadline
    }

    /// Whether no request is under way.
    var isIdle: Bool { end == nil && !isInsideHead && !isOnHold && bodyByteCount == 0 }

    /// What came of some bytes.
    struct Progress {
        /// How many of them are done with; the others are to be given again.
        var taken = 0
        /// Whether the others hold more than the beginning of a head, so that they need not wait for
        /// bytes to come.
        var isInterrupted = false
        /// How many requests were answered here.
        var answerCount = 0
        /// An answer that is to be made elsewhere; it follows those that were made here.
        var deferred: DeferredAnswer?
    }

    /// Answers the requests that are complete in `input`.
    ///
    /// Stops early when `answers` holds as much as may be pending, or when an answer is to be made
    /// elsewhere.
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
            let dropped = min(bodyByteCount, input.count - progress.taken)
            bodyByteCount -= dropped
            progress.taken += dropped
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
                isInsideHead = false
                requestCount &+= 1
                deadline = time.milliseconds &+ limits.idle
                prepareForBody(
                    of: head,
                    isLast: isClosing || !head.keepsAlive || requestCount >= limits.requestCount,
                    limits: limits
                )
                progress.deferred = responder.answer(
                    head,
                    in: bytes,
                    from: peer,
                    now: time.seconds,
                    closing: end != nil,
                    to: &answers
                )
                if progress.deferred != nil {
                    isOnHold = true
                    deadline = time.milliseconds &+ limits.hold
                } else {
                    progress.answerCount += 1
                }
                progress.taken += head.byteCount
            }
        }
        // What follows the last answer is nobody's request.
        if end != nil, progress.taken < input.count { end = .lingering }
        return progress
    }

    /// Settles what follows the head: another one, a body to drop, or the end.
    ///
    /// A chunked body, a long one, and one that the client holds back until it is told to send it are
    /// not worth the connection.
    private mutating func prepareForBody(
        of head: RequestHead,
        isLast: Bool,
        limits: ConnectionLimits
    ) {
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

    /// The deferred answer has been made: requests are answered again.
    mutating func resume(at deadline: Int64) {
        isOnHold = false
        self.deadline = deadline
    }

    /// The deadline has passed: says so to a client that is in the middle of a head.
    ///
    /// The conversation is over in any case.
    mutating func timeIsUp(
        with responder: inout Responder,
        time: Clock.Reading,
        to answers: inout [UInt8]
    ) {
        guard end == nil, isInsideHead else {
            end = .atOnce
            return
        }
        responder.refuse(.timeout, now: time.seconds, to: &answers)
        end = .lingering
    }

    /// The connection lives on: the client took bytes, or the last of its own are being dropped.
    mutating func extend(to deadline: Int64) {
        self.deadline = deadline
    }
}
