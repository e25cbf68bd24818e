/// What a run knows of a host: its access points are asked at one rate.
struct HostCourse {
    /// The number of turns that its access points have.
    private(set) var turnCount = 0
    /// How many files their first passes have left to ask for.
    var fileCount = 0
    /// The number of answers about files.
    var answerCount = 0
    /// Since when it has a turn, and for how long it had one before, in seconds.
    private var since = 0.0
    private var seconds = 0.0

    mutating func beginTurn(now: Double) {
        if turnCount == 0 { since = now }
        turnCount += 1
    }

    mutating func endTurn(now: Double) {
        turnCount -= 1
        if turnCount == 0 { seconds += now - since }
    }

    private func askedSeconds(_ now: Double) -> Double {
        seconds + (turnCount > 0 ? now - since : 0)
    }

    /// Answers a second; nil after less than ten seconds, which tell nothing.
    func rate(now: Double) -> Double? {
        let seconds = askedSeconds(now)
        return seconds < 10 ? nil : Double(max(1, answerCount)) / seconds
    }

    /// The mean rate of those that have one.
    static func usualRate(of hosts: [HostCourse], now: Double) -> Double {
        let rates = hosts.compactMap { $0.rate(now: now) }
        return rates.isEmpty ? 1 : rates.reduce(0, +) / Double(rates.count)
    }
}
