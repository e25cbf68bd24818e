import Redirection

/// What the connections of one loop share; touched by its thread only.
@safe final class LoopState {
    /// How many bytes are read at once.
    static let arrivalByteCount = 16 * 1024

    let limits: ConnectionLimits
    var responder: Responder
    /// Where the answers of one read are made; empty between two.
    var answers: [UInt8] = []
    /// Where the bytes of one read arrive.
    let arrivals = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: arrivalByteCount)
    /// When the events that are being dealt with were reported.
    var time = Clock.read()
    /// The same moment, precisely; by ``Clock/nanoseconds()``.
    var eventTime = Clock.nanoseconds()
    /// Whether connections are to end with the answer they are at.
    var isClosing = false

    init(responder: Responder, limits: ConnectionLimits) {
        self.responder = responder
        self.limits = limits
    }

    /// Counts answers that have gone out just now to requests that the events told of.
    func count(_ answers: Int) {
        guard answers > 0 else { return }
        responder.metrics.latency.count(
            UInt64(answers),
            nanoseconds: Clock.nanoseconds() &- eventTime
        )
    }

    deinit {
        unsafe arrivals.deallocate()
    }
}
