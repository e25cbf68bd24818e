import CheckPlanning
import HTTPTransport
package import Mirrors

/// Asks http and https access points by HEAD requests over libcurl, one at a time per connection.
///
/// The manners are kept per address: access points of one host share its connections and rate, and so
/// do hosts as soon as connections have shown that they have the same IP address.
/// Measured against nginx on loopback: 36 µs of CPU per question, libcurl's part included.
package final class HeadTransport: Transport {
    private let client: HeadClient
    /// Where connections of other kinds to the same hosts are at home.
    let loop: MultiLoop
    let userAgent: String
    let authorityFile: String?
    private let points: [Point]
    /// The manners of each address; see ``paceOfHost``.
    private var paces: [HostPace] = []
    /// Which of ``paces`` is that of each host.
    private var paceOfHost: [Int] = []
    private var paceOfAddress: [String: Int] = [:]
    /// The hosts of each of ``paces``.
    private var hostsOfPace: [[Int]] = []
    /// The questions on their way, by the tag of their request.
    private var pending = PendingQuestions()
    /// The answers to questions that could not even be sent.
    private var unsent: [(Question, Answer)] = []
    /// The URL under construction; reused, so that a question costs no allocation.
    private var url: [UInt8] = []
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant

    /// Whether each host is offered HTTP/2, and whether it took it.
    private var multiplexing: [Multiplexing] = []

    private struct Point {
        var base: [UInt8]
        var host: Int
    }

    private enum Multiplexing {
        case notOffered
        case offered
        /// It answered without.
        case declined
        case taken
    }

    /// Takes the access points that questions name by index.
    ///
    /// `version` and the settings' contact make the User-Agent.
    package init(
        accessPoints: [AccessPoint],
        settings: CheckSettings,
        version: String
    ) throws(CheckingError) {
        start = clock.now
        var hosts: [Substring: Int] = [:]
        var places: [Substring: Int] = [:]
        var placeOfHost: [Int] = []
        points = accessPoints.map { accessPoint in
            let url = accessPoint.baseURL
            // "https://host:port/…": http and https of one host have their own connections, but the
            // manners in common.
            let parts = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
            let authority = parts.count > 2 ? parts[2] : ""
            let host = url[..<authority.endIndex]
            let index = hosts[host, default: hosts.count]
            if hosts.updateValue(index, forKey: host) == nil {
                let place = places[authority, default: places.count]
                places[authority] = place
                placeOfHost.append(place)
            }
            return Point(base: Array(url.utf8), host: index)
        }
        let pace = HostPace(
            rate: settings.requestsPerSecond,
            inFlightLimit: settings.connectionsPerHost,
            now: 0
        )
        paces = Array(repeating: pace, count: places.count)
        paceOfHost = placeOfHost
        multiplexing = Array(repeating: .notOffered, count: hosts.count)
        hostsOfPace = Array(repeating: [], count: places.count)
        for (host, place) in placeOfHost.enumerated() { hostsOfPace[place].append(host) }
        let contact = settings.contact.map { " (+\($0))" } ?? ""
        do {
            // Pipelined connections come beside those of the client.
            loop = try MultiLoop(
                connectionLimit: max(1, hosts.count * settings.connectionsPerHost * 3)
            )
        } catch {
            throw .transport("\(error)")
        }
        userAgent = "Redirector-checker/\(version)\(contact)"
        authorityFile = settings.authorityFile
        client = HeadClient(
            loop: loop,
            userAgent: userAgent,
            authorityFile: settings.authorityFile
        )
    }

    package func speaks(_ scheme: AccessPoint.Scheme) -> Bool {
        scheme == .http || scheme == .https
    }

    /// The number of the host of an access point: scheme, name and port.
    func host(of accessPoint: Int) -> Int { points[accessPoint].host }

    var hostCount: Int { paceOfHost.count }

    /// Offers HTTP/2 to a host from now on, which only https servers can take.
    func offerMultiplexing(to host: Int) {
        if multiplexing[host] == .notOffered { multiplexing[host] = .offered }
    }

    /// How many questions a host answers at once over one connection, 1 unless it took HTTP/2.
    func streamCount(of host: Int) -> Int {
        multiplexing[host] == .taken ? MultiLoop.streamLimit : 1
    }

    /// Whether a host took HTTP/2; nil where it was not offered it, or has not answered since.
    func takesMultiplexing(_ host: Int) -> Bool? {
        switch multiplexing[host] {
        case .notOffered, .offered: nil
        case .declined: false
        case .taken: true
        }
    }

    /// The hosts of the same address as `host`, which is one of them.
    func hosts(beside host: Int) -> [Int] { hostsOfPace[paceOfHost[host]] }

    /// The manners of a host.
    subscript(paceOf host: Int) -> HostPace {
        get { paces[paceOfHost[host]] }
        _modify { yield &paces[paceOfHost[host]] }
    }

    package func room(at accessPoint: Int) -> Int {
        self[paceOf: points[accessPoint].host].room(now: now)
    }

    /// The same for connections of another kind, which are not counted here.
    func allowance(at accessPoint: Int) -> Int {
        self[paceOf: points[accessPoint].host].allowance(now: now)
    }

    /// Notes a request of another kind.
    func noteSentMore(at accessPoint: Int) {
        self[paceOf: points[accessPoint].host].noteSentMore()
    }

    package func pause(at accessPoint: Int) -> Duration {
        .seconds(max(0, self[paceOf: points[accessPoint].host].pausedUntil - now))
    }

    package func ask(_ question: Question) {
        let point = points[question.accessPoint]
        self[paceOf: point.host].noteAsked()
        url.removeAll(keepingCapacity: true)
        url.append(contentsOf: point.base)
        question.appendEscapedPath(to: &url)
        url.append(0)
        let tag = pending.add(question)
        do {
            try client.start(
                url: url,
                tag: tag,
                offersHTTP2: multiplexing[point.host] != .notOffered
            )
        } catch {
            _ = pending.remove(tag)
            self[paceOf: point.host].noteAnswered()
            let answer = Answer(
                accessPoint: question.accessPoint,
                subject: question.subject,
                reply: .unusable(reason: "\(error)")
            )
            unsent.append((question, answer))
        }
    }

    package func wait(atMost longest: Duration, _ receive: (Answer) -> Void) {
        wait(atMost: longest) { _, answer in receive(answer) }
    }

    /// The same, and hands over the question beside its answer.
    func wait(atMost longest: Duration, _ receive: (Question, Answer) -> Void) {
        let failed = unsent
        unsent.removeAll()
        for (question, answer) in failed { receive(question, answer) }
        client.wait(atMost: failed.isEmpty ? min(longest, HostPace.tick) : .zero) { answer in
            guard let question = pending.remove(answer.tag) else { return }
            let host = points[question.accessPoint].host
            note(answer, at: host)
            if let address = answer.address { learn(address, of: host) }
            noteMultiplexing(answer, at: host)
            receive(
                question,
                Answer(
                    accessPoint: question.accessPoint,
                    subject: question.subject,
                    reply: Self.reply(answer.result),
                    seconds: answer.seconds,
                    modified: (try? answer.result.get().lastModified)
                        .map { Timestamp(secondsSinceEpoch: $0) }
                )
            )
        }
    }

    private func noteMultiplexing(_ answer: HeadClient.Answer, at host: Int) {
        guard multiplexing[host] != .notOffered, case .success = answer.result else { return }
        if answer.isHTTP2 {
            multiplexing[host] = .taken
        } else if multiplexing[host] == .offered {
            multiplexing[host] = .declined
        }
    }

    private func note(_ answer: HeadClient.Answer, at host: Int) {
        if case .success(let head) = answer.result, head.status == 429 || head.status == 503 {
            self[paceOf: host].noteComplaint(retryAfterSeconds: head.retryAfterSeconds, now: now)
        } else {
            self[paceOf: host].noteAnswered()
        }
    }

    /// From now on the host shares its manners with those of the same address.
    private func learn(_ address: String, of host: Int) {
        let own = paceOfHost[host]
        guard let shared = paceOfAddress[address] else {
            paceOfAddress[address] = own
            return
        }
        guard shared != own else { return }
        paces[shared].absorb(paces[own])
        for other in hostsOfPace[own] { paceOfHost[other] = shared }
        hostsOfPace[shared] += hostsOfPace[own]
        hostsOfPace[own] = []
        for (other, pace) in paceOfAddress where pace == own { paceOfAddress[other] = shared }
    }

    private static func reply(_ result: Result<HeadClient.Head, HeadClient.Failure>) -> Reply {
        switch result {
        case .success(let head): return .answered(status: head.status, byteCount: head.byteCount)
        case .failure(let failure):
            let isAnswer: [CurlError] = [
                .tooManyRedirects, .unsupportedProtocol, .badURL, .notHTTP,
            ]
            return isAnswer.contains(failure.error)
                ? .unusable(reason: failure.reason) : .failed(reason: failure.reason)
        }
    }

    /// Seconds since this transport was made.
    var now: Double {
        let (seconds, attoseconds) = (clock.now - start).components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}

extension Question {
    /// Whether each byte stands for itself in a URL.
    private static let standsForItself =
        (UInt8.min ... .max).map(PercentEncoding.isUnreservedOrSlash)

    /// Appends the path as it stands in a URL below the base, all but harmless bytes escaped.
    func appendEscapedPath(to url: inout [UInt8]) {
        let bytes = path.span
        let standsForItself = Self.standsForItself.span
        var start = path.startIndex
        for index in bytes.indices where !standsForItself[Int(bytes[index])] {
            let end = path.startIndex + index
            url.append(contentsOf: path[start..<end])
            start = end + 1
            url.append(UInt8(ascii: "%"))
            url.append(PercentEncoding.upperHexDigit(bytes[index] >> 4))
            url.append(PercentEncoding.upperHexDigit(bytes[index] & 15))
        }
        url.append(contentsOf: path[start...])
        if isDirectory, url.last != UInt8(ascii: "/") { url.append(UInt8(ascii: "/")) }
    }
}
