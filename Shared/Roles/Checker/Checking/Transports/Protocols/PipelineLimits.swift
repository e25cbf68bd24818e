import CheckStates

/// What one host's pipelined connections can carry, learnt from its behaviour.
///
/// A server that closes after a certain number of answers discards the requests behind them, and,
/// if it does not linger, also answers in flight. So a connection never gets more requests than the
/// server answers on one, once that number is known; until then, a connection stops before the
/// usual limits and passes each of them with a small burst. The depth starts small, grows with each
/// answer and is halved after trouble. What an earlier run learnt is the starting point, and is
/// discarded at the first trouble.
struct PipelineLimits: Hashable, Sendable {
    /// The maximum number of requests in flight on one connection.
    private(set) var depth = firstDepth
    /// The number of answers that the server gives on one connection; nil until it is known.
    private(set) var answersPerConnection: Int?
    /// Why the host is not asked by pipelining for the rest of the run; nil while it is.
    private(set) var problem: String?

    /// Whether ``answersPerConnection`` was only observed, not announced.
    private var isGuess = true
    /// Whether all of this comes from an earlier run.
    private var isRemembered = false
    private var strikes = 0
    private var answersSinceStrike = 0

    private static let firstDepth = 8
    static let greatestDepth = 256
    /// Counts at which everything must be answered before more is sent, while the number of answers
    /// per connection is unknown.
    ///
    /// Apache, nginx and lighttpd close after 100, 101, 1,000 or 1,001 by default: each of these
    /// falls between two gates that are 32 apart, so few requests are discarded. A server that goes
    /// beyond has no limit that matters.
    static let gates = [96, 128, 992, 1024]
    /// The smallest count before a cut that may be the number of answers per connection.
    static let leastGuess = 32
    /// The largest number of answers per connection that makes a difference.
    private static let greatestLimit = 1_000_000
    /// The minimum that a connection must carry to be worth its handshake.
    static let leastAnswers = 8
    private static let strikesUntilProblem = 3
    private static let answersThatForgive = 500

    init() {}

    /// Starts from the results of an earlier run; an impossible depth or number of answers is
    /// ignored.
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

    /// How many more requests may be sent on a connection with `sent` requests and `answered`
    /// answers.
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

    /// Whether a connection with `sent` requests will be full within a round trip, which is the
    /// time it takes to make the next one.
    func isNearlyFull(sent: Int) -> Bool {
        guard let limit = answersPerConnection else { return false }
        return sent > 0 && limit - sent <= depth
    }

    /// Records the `answered`th answer of a connection, and how many more the server announced.
    mutating func noteAnswer(answered: Int, remainingCount: Int?) {
        if depth < Self.greatestDepth { depth += 1 }
        answersSinceStrike += 1
        if answersSinceStrike >= Self.answersThatForgive { strikes = 0 }
        // A server may announce any number.
        if let remainingCount {
            learn(answered + min(remainingCount, Self.greatestLimit), isGuess: false)
        }
    }

    /// Records that the server closed the connection with the `answered`th answer.
    ///
    /// After an error many servers close early, so this is only a lower bound of what a connection
    /// carries.
    mutating func noteLastAnswer(answered: Int, status: Int) {
        if status == 200 {
            learn(answered, isGuess: false)
        } else if answered < Self.leastAnswers {
            strike("it closes after \(answered) answers")
        }
    }

    /// Records a connection that ended unannounced after `answered` answers, losing requests.
    ///
    /// A reset discards answers, so their count may be lower than what the server sent: the maximum
    /// is kept.
    mutating func noteCut(answered: Int, reason: String) {
        if isRemembered { self = PipelineLimits() }
        depth = max(1, depth / 2)
        if isGuess, answered >= Self.leastGuess {
            answersPerConnection = max(answersPerConnection ?? 0, answered)
        }
        strike(reason)
    }

    /// Gives up pipelining for this run, because the host does what no pipelining server does.
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
