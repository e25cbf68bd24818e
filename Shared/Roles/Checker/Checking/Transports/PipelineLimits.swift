import CheckStates

/// What one host's pipelined connections may carry, learnt from how it behaves.
///
/// A server that closes after this many answers throws away the requests behind them, and where it
/// does not linger also answers that were on their way. So no connection is given more requests
/// than the server answers on one, as soon as that number is known; before, a connection is stopped
/// short of the numbers that servers come with, and led past them in a small burst. The depth
/// starts small, grows with each answer and is halved by trouble. What an earlier run learnt is
/// where the next one begins, and void with the first trouble.
struct PipelineLimits: Hashable, Sendable {
    /// How many requests may be under way on one connection.
    private(set) var depth = firstDepth
    /// How many answers the server gives on one connection; nil until it was learnt.
    private(set) var answersPerConnection: Int?
    /// Why the host is not pipelined to for the rest of the run; nil while it is.
    private(set) var problem: String?

    /// Whether ``answersPerConnection`` was only seen, not told.
    private var isGuess = true
    /// Whether all this is what an earlier run learnt.
    private var isRemembered = false
    private var strikes = 0
    private var answersSinceStrike = 0

    private static let firstDepth = 8
    static let greatestDepth = 256
    /// Where everything sent must be answered before more is, while the number of answers per
    /// connection is unknown.
    ///
    /// Apache, nginx and lighttpd end at 100, 101, 1,000 or 1,001 by default: one of these falls
    /// between two gates that are 32 apart, so that few requests are thrown away. One that goes
    /// beyond has no limit that matters.
    static let gates = [96, 128, 992, 1024]
    /// The least count before a cut that may be the number of answers per connection.
    static let leastGuess = 32
    /// The largest number of answers per connection that makes a difference.
    private static let greatestLimit = 1_000_000
    /// The least that a connection must carry to be worth its handshake.
    static let leastAnswers = 8
    private static let strikesUntilProblem = 3
    private static let answersThatForgive = 500

    init() {}

    /// What an earlier run found; a depth or a number of answers that none can have found counts
    /// for nothing.
    init(remembering strategy: AskingStrategy) {
        isRemembered = true
        guard strategy.method == .pipelining else {
            problem = "pipelining failed in an earlier run"
            return
        }
        depth = min(max(strategy.depth, Self.firstDepth), Self.greatestDepth)
        if let answers = strategy.answersPerConnection, answers >= Self.leastAnswers {
            answersPerConnection = answers
            isGuess = false
        }
    }

    /// How many more requests a connection may be given that was sent, and has answered, so many.
    func room(sent: Int, answered: Int) -> Int {
        guard problem == nil else { return 0 }
        let inFlight = sent - answered
        if let limit = answersPerConnection {
            return max(0, min(depth - inFlight, limit - sent))
        }
        if inFlight > 0, Self.gates.contains(sent) { return 0 }
        let gate = Self.gates.first { $0 > sent } ?? .max
        return max(0, min(depth - inFlight, gate - sent))
    }

    /// Whether a connection that was sent so many will be full within a round trip, which it takes
    /// to make the next.
    func isNearlyFull(sent: Int) -> Bool {
        guard let limit = answersPerConnection else { return false }
        return sent > 0 && limit - sent <= depth
    }

    /// An answer came, the `answered`th of its connection; the server told how many more it gives.
    mutating func noteAnswer(answered: Int, remainingCount: Int?) {
        if depth < Self.greatestDepth { depth += 1 }
        answersSinceStrike += 1
        if answersSinceStrike >= Self.answersThatForgive { strikes = 0 }
        // A server may tell any number.
        if let remainingCount {
            learn(answered + min(remainingCount, Self.greatestLimit), isGuess: false)
        }
    }

    /// The server closed the connection with the `answered`th answer.
    ///
    /// After an error many servers close early, so that only says what a connection carries at
    /// least.
    mutating func noteLastAnswer(answered: Int, status: Int) {
        if status == 200 {
            learn(answered, isGuess: false)
        } else if answered < Self.leastAnswers {
            strike("it closes after \(answered) answers")
        }
    }

    /// The connection ended without notice after `answered` answers, and requests were lost.
    ///
    /// A reset throws answers away, so their count is less than the server gave: the greatest is
    /// kept.
    mutating func noteCut(answered: Int, reason: String) {
        if isRemembered { self = PipelineLimits() }
        depth = max(1, depth / 2)
        if isGuess, answered >= Self.leastGuess {
            answersPerConnection = max(answersPerConnection ?? 0, answered)
        }
        strike(reason)
    }

    /// The host does what no pipelining server does: it is not tried again in this run.
    mutating func give(up reason: String) {
        if problem == nil { problem = reason }
    }

    private mutating func learn(_ limit: Int, isGuess: Bool) {
        answersPerConnection = limit
        self.isGuess = isGuess
        isRemembered = false
        if limit < Self.leastAnswers { give(up: "it closes after \(limit) answers") }
    }

    private mutating func strike(_ reason: String) {
        strikes += 1
        answersSinceStrike = 0
        if strikes >= Self.strikesUntilProblem { give(up: reason) }
    }
}
