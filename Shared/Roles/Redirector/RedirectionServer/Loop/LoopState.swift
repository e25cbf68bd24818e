import Linux
import Redirection

/// The state shared by the connections of one loop; used only by its thread.
///
/// It is passed from the loop to each connection in turn. It is not an object, because Swift would
/// check each access to its properties.
@safe struct LoopState: ~Copyable {
    /// The maximum number of bytes of one read.
    static let arrivalByteCount = 16 * 1024

    let limits: ConnectionLimits
    private let latency: LatencyHistogram
    var responder: Responder
    /// The buffer for the answers of one read; empty in between.
    var answers: [UInt8] = []
    /// The buffer for the bytes of one read.
    let arrivals = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: arrivalByteCount)
    /// The time at which the current events were reported.
    private(set) var time = Clock.Reading(milliseconds: 0, seconds: 0)
    /// The precise time of the current events, by ``Clock/nanoseconds()``.
    private var eventNanoseconds: UInt64 = 0
    /// Whether connections should end with their current answer.
    var isClosing = false
    /// The number of bytes that wait for clients, or for the rest of a request, on all connections.
    var pendingByteCount = 0

    init(responder: consuming Responder, limits: ConnectionLimits) {
        latency = responder.metrics.latency
        self.responder = responder
        self.limits = limits
        readClock()
    }

    /// Reads the clock after events were reported.
    mutating func readClock() {
        eventNanoseconds = Clock.nanoseconds()
        time = Clock.Reading(
            milliseconds: Int64(truncatingIfNeeded: eventNanoseconds / 1_000_000),
            seconds: Clock.seconds()
        )
    }

    /// Counts answers that were just sent to requests of the current events.
    mutating func count(_ answers: Int) {
        guard answers > 0 else { return }
        latency.count(
            UInt64(answers),
            nanoseconds: Clock.nanoseconds() &- eventNanoseconds
        )
    }

    deinit {
        unsafe arrivals.deallocate()
    }
}
