import CheckStates
import HTTPTransport

/// How one host is asked by single requests: over which connections, and by which method.
///
/// Whatever fails is retried in a safer way within the same run: HTTP/2, then one request at a time
/// on each connection, then a connection for each request. If `HEAD` answers lack the length, the
/// first byte is requested. The faster way is abandoned after it has failed several times.
struct WebHost {
    private(set) var connection = WebClient.Connection.kept
    private(set) var method = WebClient.Method.head
    /// The number of requests in flight.
    var inFlightCount = 0
    /// What the operator should know.
    private(set) var remark: String?

    private var multiplexing = Multiplexing.notOffered
    private var strikeCount = 0
    private var answersSinceStrike = 0
    /// The number of inconclusive HEAD answers in a row although the first byte told more.
    private var emptyHeadCount = 0

    private enum Multiplexing {
        case notOffered
        case offered
        /// It answered over HTTP/1.
        case declined
        case taken
        /// It accepted HTTP/2 and failed.
        case broken
    }

    private static let strikesUntilStep = 3
    private static let answersThatForgive = 500
    private static let emptyHeadsUntilGET = 3

    init() {}

    /// Starts from the results of an earlier run.
    mutating func begin(with strategy: AskingStrategy) {
        switch strategy.method {
        case .pipelining, .multiplexing, .sequential: break
        case .oneRequestPerConnection: connection = .single
        case .ranges: method = .firstByte
        }
    }

    /// What the next run should start from; nil if nothing was found.
    var strategy: AskingStrategy? {
        if method == .firstByte { return AskingStrategy(.ranges) }
        if connection == .single { return AskingStrategy(.oneRequestPerConnection) }
        return switch multiplexing {
        case .notOffered, .offered: nil
        case .declined, .broken: AskingStrategy(.sequential)
        case .taken: AskingStrategy(.multiplexing)
        }
    }

    /// Offers HTTP/2 from now on; only https servers can accept it.
    mutating func offerMultiplexing() {
        guard multiplexing == .notOffered, connection == .kept else { return }
        multiplexing = .offered
        connection = .shared
    }

    var isMultiplexing: Bool { connection == .shared && multiplexing == .taken }

    /// The number of connections used by the requests in flight.
    var connectionCount: Int { isMultiplexing ? min(1, inFlightCount) : inFlightCount }

    /// Records an answer.
    mutating func noteAnswer(over used: WebClient.Connection, isHTTP2: Bool) {
        answersSinceStrike += 1
        if answersSinceStrike >= Self.answersThatForgive { strikeCount = 0 }
        guard used == .shared else { return }
        if isHTTP2 {
            if multiplexing == .offered { multiplexing = .taken }
        } else if multiplexing == .offered {
            multiplexing = .declined
            connection = .kept
        }
    }

    /// Records a failed request although the server was reachable, and returns how to repeat it;
    /// nil if this was the safest way.
    mutating func noteFailure(
        over used: WebClient.Connection,
        _ reason: String
    ) -> WebClient.Connection? {
        guard let safer = Self.safer(than: used) else { return nil }
        guard used == connection else { return safer }
        strikeCount += 1
        answersSinceStrike = 0
        guard strikeCount >= Self.strikesUntilStep else { return safer }
        strikeCount = 0
        if used == .shared { multiplexing = .broken }
        connection = safer
        remark =
            "\(used == .shared ? "HTTP/2 fails" : "connections do not last") (\(reason)): "
            + (safer == .kept ? "asked over HTTP/1.1" : "asked over a new connection each time")
        return safer
    }

    private static func safer(than used: WebClient.Connection) -> WebClient.Connection? {
        switch used {
        case .shared: .kept
        case .kept: .single
        case .single: nil
        }
    }

    /// Records the result of requesting the first byte because a HEAD answer was inconclusive;
    /// `isTold` if it gave the length.
    mutating func noteFirstByte(after reason: String, isTold: Bool) {
        guard method == .head else { return }
        guard isTold else {
            emptyHeadCount = 0
            if remark == nil { remark = "neither HEAD (\(reason)) nor GET tells the length" }
            return
        }
        emptyHeadCount += 1
        guard emptyHeadCount >= Self.emptyHeadsUntilGET else { return }
        method = .firstByte
        remark = "HEAD tells no length (\(reason)): asked by GET with a range of one byte"
    }

    /// Records a useful HEAD answer.
    mutating func noteFullHead() {
        emptyHeadCount = 0
    }
}
