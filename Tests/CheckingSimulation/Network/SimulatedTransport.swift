import Checking
import Mirrors

/// The transport of one run: questions take simulated time, and no real time.
///
/// Each host is asked at the pace that the real transports reach there: the polite rate, or less if
/// round trips, the strategy or the host itself permit less. Answers are delivered in ticks.
final class SimulatedTransport: Transport {
    /// How hosts are asked.
    package struct Manners {
        var requestsPerSecond: Double
        var connectionsPerHost: Double
        /// Whether requests are pipelined.
        var isPipelining: Bool
        /// How many of the whole tree's questions one question stands for, so that a small tree
        /// takes as long as the whole.
        var weight = 1.0
        var asker = Host.Asker.checks
    }

    private let network: Network
    private let clock: VirtualClock
    private let manners: Manners
    private var paces: [Pace]
    /// Answers in flight by the tick of their arrival; a ring.
    private var ring: [[Pending]]
    /// The tick of the first place in the ring that may hold something.
    private var tick: Int
    private var pendingCount = 0

    private struct Pending {
        var question: Question
        var seconds: Double
    }

    private struct Pace {
        /// When the next question is sent, in seconds of the run.
        var nextAt = 0.0
        var inFlight = 0
        var pausedUntil = 0.0
        var isHumble = false
        /// The folder that was listed last, over FTP.
        var hasListed = false
    }

    private static let tickSeconds = 0.05
    private static let ringCount = 2048
    /// How far ahead questions may wait at a host in addition to those in flight, in seconds.
    private static let aheadSeconds = 0.1

    init(_ network: Network, clock: VirtualClock, manners: Manners) {
        self.network = network
        self.clock = clock
        self.manners = manners
        paces = Array(repeating: Pace(), count: network.hosts.count)
        ring = Array(repeating: [], count: Self.ringCount)
        tick = Int(clock.elapsed / Self.tickSeconds)
    }

    func speaks(_ scheme: AccessPoint.Scheme) -> Bool { true }

    private func isListed(_ point: Network.Point) -> Bool {
        point.accessPoint.scheme == .rsync || point.accessPoint.scheme == .ftp
    }

    /// Questions per second.
    private func rate(at point: Network.Point) -> Double {
        if isListed(point) { return 20_000 / manners.weight }
        let trip = network.slowSeconds(of: point.site, at: Int(clock.time))
        let turns = manners.connectionsPerHost / (trip ?? point.host.roundTripSeconds)
        var rate = manners.requestsPerSecond
        if !manners.isPipelining || trip != nil { rate = min(rate, turns) }
        if paces[point.host.number].isHumble, let limit = limit(of: point.site) {
            rate = min(rate, limit * 0.75)
        }
        return rate / manners.weight
    }

    private func limit(of site: Site) -> Double? {
        for case .rateLimit(let rate) in site.quirks { return rate }
        return nil
    }

    func room(at accessPoint: AccessPointNumber) -> Int {
        let point = network.points[accessPoint.index]
        let pace = paces[point.host.number]
        guard pace.pausedUntil <= clock.elapsed else { return 0 }
        let ahead = max(0, pace.nextAt - clock.elapsed)
        let room = Int((Self.aheadSeconds - ahead) * rate(at: point))
        // One at least where the host is due another: a question that stands for many is far from
        // the next, and does not wait for the answer to the one before either.
        return max(pace.inFlight == 0 || ahead == 0 ? 1 : 0, room)
    }

    func pause(at accessPoint: AccessPointNumber) -> Duration {
        let pace = paces[network.points[accessPoint.index].host.number]
        return .seconds(max(0, pace.pausedUntil - clock.elapsed))
    }

    func ask(_ question: Question) {
        let point = network.points[question.accessPoint.index]
        let rate = rate(at: point)
        let host = point.host.number
        var seconds = point.host.roundTripSeconds
        if let slow = network.slowSeconds(of: point.site, at: Int(clock.time)) { seconds = slow }
        if isListed(point), !paces[host].hasListed {
            paces[host].hasListed = true
            seconds += 3
        }
        if network.isOffline || point.site.isDown { seconds = 10 }
        let sentAt = max(clock.elapsed, paces[host].nextAt)
        paces[host].nextAt = sentAt + 1 / rate
        paces[host].inFlight += 1
        if !isListed(point), !paces[host].isHumble, let limit = limit(of: point.site), rate > limit
        {
            // After the first complaint the host is asked at a lower rate.
            paces[host].isHumble = true
            paces[host].pausedUntil = sentAt + 1
        }
        let answered = max(tick + 1, Int((sentAt + seconds) / Self.tickSeconds) + 1)
        let place = min(answered, tick + Self.ringCount - 1) % Self.ringCount
        ring[place].append(Pending(question: question, seconds: seconds))
        pendingCount += 1
    }

    func wait(atMost longest: Duration, _ receive: (Answer) -> Void) {
        let (whole, attoseconds) = longest.components
        let end = clock.elapsed + max(0.001, Double(whole) + Double(attoseconds) / 1e18)
        guard pendingCount > 0 else {
            clock.advance(to: end)
            return
        }
        let now = Int(clock.elapsed / Self.tickSeconds)
        // The places that were passed while nothing was in flight are empty.
        while tick < now, ring[tick % Self.ringCount].isEmpty { tick += 1 }
        while ring[tick % Self.ringCount].isEmpty {
            tick += 1
            guard Double(tick) * Self.tickSeconds <= end else {
                clock.advance(to: end)
                return
            }
        }
        clock.advance(to: Double(tick) * Self.tickSeconds)
        let due = ring[tick % Self.ringCount]
        ring[tick % Self.ringCount].removeAll(keepingCapacity: true)
        pendingCount -= due.count
        let time = Int(clock.time)
        for pending in due {
            paces[network.points[pending.question.accessPoint.index].host.number].inFlight -= 1
            let response = network.response(
                to: pending.question,
                of: manners.asker,
                at: time
            )
            receive(
                Answer(
                    to: pending.question,
                    reply: response.reply,
                    seconds: pending.seconds,
                    modified: response.modified
                )
            )
        }
    }
}
