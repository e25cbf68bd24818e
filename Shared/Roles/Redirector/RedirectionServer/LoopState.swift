import Linux
import Redirection

/// What the connections of one loop share; touched by its thread only.
///
/// Handed from the loop to each connection in its turn, and no object of its own, whose properties
/// Swift would have to look after one by one.
@safe struct LoopState: ~Copyable {
    /// How many bytes are read at once.
    static let arrivalByteCount = 16 * 1024

    let limits: ConnectionLimits
    private let latency: LatencyHistogram
    var responder: Responder
    /// Where the answers of one read are made; empty between two.
    var answers: [UInt8] = []
    /// Where the bytes of one read arrive.
    let arrivals = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: arrivalByteCount)
    /// When the events that are being dealt with were reported.
    private(set) var time = Clock.Reading(milliseconds: 0, seconds: 0)
    /// The same moment, precisely; by ``Clock/nanoseconds()``.
    private var eventTime: UInt64 = 0
    /// Whether connections are to end with the answer they are at.
    var isClosing = false
    /// How many bytes wait for clients, or for the rest of a request, on all connections.
    var pendingByteCount = 0

    init(responder: consuming Responder, limits: ConnectionLimits) {
        latency = responder.metrics.latency
        self.responder = responder
        self.limits = limits
        readClock()
    }

    /// Notes that events have been reported just now.
    mutating func readClock() {
        eventTime = Clock.nanoseconds()
        time = Clock.Reading(
            milliseconds: Int64(truncatingIfNeeded: eventTime / 1_000_000),
            seconds: Clock.seconds()
        )
    }

    /// Counts answers that have gone out just now to requests that the events told of.
    mutating func count(_ answers: Int) {
        guard answers > 0 else { return }
        latency.count(
            UInt64(answers),
            nanoseconds: Clock.nanoseconds() &- eventTime
        )
    }

    deinit {
        unsafe arrivals.deallocate()
    }
}
