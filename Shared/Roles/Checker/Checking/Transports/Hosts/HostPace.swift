/// The rate limit for one address: a token bucket, and pauses.
///
/// Times are seconds on any monotonic clock.
struct HostPace: Equatable {
    /// Requests per second, 0 for no limit; halved when the host complains.
    private(set) var rate: Double
    private var fullRate: Double
    /// The number of requests that could be sent at ``filledAt``, with fractions.
    private var tokens: Double
    private var filledAt: Double
    /// Whether the bucket is being emptied; otherwise it fills.
    private var isReleasing = true
    private(set) var pausedUntil = -Double.infinity
    /// How many times in a row the host complained.
    private var complaints = 0

    /// The bucket has room for what a tenth of a second allows: a pause must not end in a burst.
    private static let bucketSeconds = 0.1
    /// The part of an empty bucket that must fill before anything is taken out.
    ///
    /// With many hosts, an answer arrives at any moment; if each moment's fraction were spent,
    /// every request would be a packet of its own.
    private static let batchShare = 0.5
    /// How often the bucket must be checked so that it never overflows: what does not suffice at
    /// one check is less than a full bucket at the next.
    static let tick = Duration.milliseconds(45)
    /// The maximum pause that a host can request; a run is shorter anyway.
    private static let longestPause = 3600.0

    init(rate: Int, now: Double) {
        self.rate = Double(rate)
        fullRate = Double(rate)
        tokens = max(1, Double(rate) * Self.bucketSeconds)
        filledAt = now
    }

    private var capacity: Double { max(1, rate * Self.bucketSeconds) }

    /// The number of requests that may be sent at `now`.
    mutating func allowance(now: Double) -> Int {
        guard now >= pausedUntil else { return 0 }
        guard rate > 0 else { return .max }
        tokens = min(capacity, tokens + (now - filledAt) * rate)
        filledAt = now
        if tokens >= max(1, capacity * Self.batchShare) { isReleasing = true }
        if tokens < 1 { isReleasing = false }
        return isReleasing ? Int(tokens) : 0
    }

    mutating func noteSent() {
        if rate > 0 { tokens -= 1 }
    }

    /// Records answers without complaint.
    mutating func noteContent(answerCount: Int = 1) {
        guard answerCount > 0 else { return }
        complaints = 0
        // Returns to full speed over some hundred answers.
        guard rate < fullRate else { return }
        rate = min(fullRate, rate + Double(answerCount) * fullRate / 256)
    }

    /// Records a 429 or 503: the host is left alone for as long as it asks, or else for one second,
    /// then two, and so on; after that it is asked at half the rate.
    mutating func noteComplaint(retryAfterSeconds: Int64?, now: Double) {
        // Answers to questions asked before the pause are no news.
        guard now >= pausedUntil else { return }
        let own = Double(1 << min(complaints, 6))
        complaints += 1
        pausedUntil = now + min(retryAfterSeconds.map(Double.init) ?? own, Self.longestPause)
        if fullRate > 0 { rate = max(1, rate / 2) }
    }

    /// Sets the maximum rate; what a complaint took off stays off.
    mutating func allow(rate: Int) {
        guard fullRate > 0, Double(rate) != fullRate else { return }
        self.rate = rate == 0 ? 0 : self.rate * Double(rate) / fullRate
        fullRate = Double(rate)
    }

    /// Takes over the pause and the lower rate of another pace that turned out to have the same
    /// address.
    mutating func absorb(_ other: HostPace) {
        rate = min(rate, other.rate)
        pausedUntil = max(pausedUntil, other.pausedUntil)
        complaints = max(complaints, other.complaints)
    }
}
