import CheckStates
import HTTPTransport

/// How one host is asked by requests of which each waits for its answer: over which connections,
/// and by which method.
///
/// Whatever fails is tried again by something surer within the same run: HTTP/2, then one request
/// after the other on each connection, then a connection for each request. Where `HEAD` tells no
/// length, the first byte is asked for. The faster way is left for good once it has failed several
/// times.
struct WebHost {
    private(set) var connection = WebClient.Connection.kept
    private(set) var method = WebClient.Method.head
    /// The requests under way.
    var inFlightCount = 0
    /// What the operator should know.
    private(set) var remark: String?

    private var multiplexing = Multiplexing.notOffered
    private var strikeCount = 0
    private var answersSinceStrike = 0
    /// Heads in a row that told nothing where the first byte told more.
    private var emptyHeadCount = 0

    private enum Multiplexing {
        case notOffered
        case offered
        /// It answered without.
        case declined
        case taken
        /// It took it and failed.
        case broken
    }

    private static let strikesUntilStep = 3
    private static let answersThatForgive = 500
    private static let emptyHeadsUntilGET = 3

    init() {}

    /// Begins with what an earlier run found.
    mutating func begin(with strategy: AskingStrategy) {
        switch strategy.method {
        case .pipelining, .multiplexing, .takingTurns: break
        case .oneRequestPerConnection: connection = .single
        case .ranges: method = .firstByte
        }
    }

    /// What was found that the next run should begin with; nil where nothing was.
    var strategy: AskingStrategy? {
        if method == .firstByte { return AskingStrategy(.ranges) }
        if connection == .single { return AskingStrategy(.oneRequestPerConnection) }
        return switch multiplexing {
        case .notOffered, .offered: nil
        case .declined, .broken: AskingStrategy(.takingTurns)
        case .taken: AskingStrategy(.multiplexing)
        }
    }

    /// Offers HTTP/2 from now on, which only https servers can take.
    mutating func offerMultiplexing() {
        guard multiplexing == .notOffered, connection == .kept else { return }
        multiplexing = .offered
        connection = .shared
    }

    var isMultiplexing: Bool { connection == .shared && multiplexing == .taken }

    /// The connections that the requests under way take.
    var connectionCount: Int { isMultiplexing ? min(1, inFlightCount) : inFlightCount }

    /// An answer came.
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

    /// A request failed though the server was there; returns how to put it once more, nil where
    /// that was the surest way.
    mutating func noteFailure(
        over used: WebClient.Connection,
        _ reason: String
    ) -> WebClient.Connection? {
        guard let surer = Self.surer(than: used) else { return nil }
        guard used == connection else { return surer }
        strikeCount += 1
        answersSinceStrike = 0
        guard strikeCount >= Self.strikesUntilStep else { return surer }
        strikeCount = 0
        if used == .shared { multiplexing = .broken }
        connection = surer
        remark =
            "\(used == .shared ? "HTTP/2 fails" : "connections do not last") (\(reason)): "
            + (surer == .kept ? "asked over HTTP/1.1" : "asked over a new connection each time")
        return surer
    }

    private static func surer(than used: WebClient.Connection) -> WebClient.Connection? {
        switch used {
        case .shared: .kept
        case .kept: .single
        case .single: nil
        }
    }

    /// The first byte was asked for because a head told nothing; `isTold` if it brought the length.
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

    /// A HEAD answer was useful.
    mutating func noteFullHead() {
        emptyHeadCount = 0
    }
}
