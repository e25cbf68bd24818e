import CheckPlanning
package import CheckStates
import FunctionRuntime
import HTTPTransport
package import Mirrors

/// Asks http and https access points by pipelined HEAD requests, and one by one what does not suit.
///
/// One loop serves all hosts. Only files with plain names are pipelined. An answer that leads
/// elsewhere or lacks what proves is not passed on: the question goes to the ``HeadTransport`` once
/// more. Rates and pauses are that transport's.
///
/// Which way a host is asked is told at ``AskingWay``.
package final class PipelinedTransport: Transport {
    private let alone: HeadTransport
    private let points: [Point]
    private var hosts: [Host] = []
    /// The questions on their way through pipelines.
    private var pending = PendingQuestions()
    /// What came through pipelines since it was last handed over.
    private var answers: [Answer] = []
    private let connectionsPerHost: Int

    /// How many questions of a host may wait to be asked alone before it gets no others.
    private static let aloneQueueLimit = 32

    private struct Point {
        /// "HEAD /base/", the beginning of a request.
        var requestStart: [UInt8]
        var requestEnd: [UInt8]
        var host: Int
        /// A host name outside of ASCII or a password in the URL is left to libcurl.
        var isPlain: Bool
    }

    private struct Host {
        var pipelines: PipelinedHost
        /// The questions to be asked alone, oldest first.
        var queue: [Question] = []
        var aloneCount = 0
        /// The questions that the pipelines were given and that have not come back.
        var underWayCount = 0

        /// Questions over HTTP/2 count as if each had its own.
        var connectionCount: Int { aloneCount + pipelines.connectionCount }
    }

    /// `alone` must be made for the same access points, and is used by nobody else.
    ///
    /// A connection that answers nothing for `answerPatience` is given up.
    package init(
        accessPoints: [AccessPoint],
        alone: HeadTransport,
        connectionsPerHost: Int,
        answerPatience: Duration = .seconds(10)
    ) {
        self.alone = alone
        self.connectionsPerHost = connectionsPerHost
        var urls: [Int: String] = [:]
        points = accessPoints.enumerated().map { index, accessPoint in
            let host = alone.host(of: index)
            let url = accessPoint.baseURL
            if urls[host] == nil { urls[host] = url }
            let parts = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
            let authority = parts.count > 2 ? parts[2] : ""
            let path = parts.count > 3 ? parts[3] : ""
            return Point(
                requestStart: Array("HEAD /\(path)".utf8),
                requestEnd: Array(
                    " HTTP/1.1\r\nHost: \(authority)\r\nUser-Agent: \(alone.userAgent)\r\n".utf8
                ),
                host: host,
                isPlain: url.utf8.allSatisfy { (0x21...0x7E).contains($0) }
                    && !authority.contains("@")
            )
        }
        hosts = (0..<alone.hostCount).map { index in
            Host(
                pipelines: PipelinedHost(
                    loop: alone.loop,
                    url: urls[index] ?? "",
                    connectionLimit: connectionsPerHost,
                    authorityFile: alone.authorityFile,
                    answerPatience: answerPatience,
                    request: { [unowned self] tag, isFirst in request(tag, isFirst) },
                    receive: { [unowned self] event in take(event, from: index) }
                )
            )
        }
    }

    package func speaks(_ scheme: AccessPoint.Scheme) -> Bool { alone.speaks(scheme) }

    package func pause(at accessPoint: Int) -> Duration { alone.pause(at: accessPoint) }

    /// Whether the host of an access point has shown that it pipelines, and is asked that way.
    package func isPipelining(at accessPoint: Int) -> Bool {
        hosts[points[accessPoint].host].pipelines.isStreaming
    }

    /// Why the host of an access point is asked one by one from now on; nil while it need not be.
    package func problem(at accessPoint: Int) -> String? {
        hosts[points[accessPoint].host].pipelines.limits.problem
    }

    package func begin(with way: AskingWay, at accessPoint: Int) {
        guard points[accessPoint].isPlain else { return }
        hosts[points[accessPoint].host].pipelines.begin(with: way)
    }

    package func way(at accessPoint: Int) -> AskingWay? {
        let point = points[accessPoint]
        let host = hosts[point.host].pipelines
        guard point.isPlain else { return nil }
        if host.isStreaming {
            return AskingWay(
                .pipelining,
                depth: host.limits.depth,
                answersPerConnection: host.limits.answersPerConnection
            )
        }
        guard host.limits.problem != nil else { return nil }
        return alone.takesMultiplexing(point.host)
            .map { AskingWay($0 ? .multiplexing : .takingTurns) }
    }

    package func room(at accessPoint: Int) -> Int {
        let host = hosts[points[accessPoint].host]
        // A question alone takes a round trip: they wait beside the pipelines, but do not pile up.
        guard host.queue.count < Self.aloneQueueLimit else { return 0 }
        let room =
            host.pipelines.isStreaming
            ? host.pipelines.capacity - host.underWayCount
            : aloneLimit(points[accessPoint].host) - host.queue.count - host.aloneCount
        return room > 0 ? min(room, alone.allowance(at: accessPoint)) : 0
    }

    package func ask(_ question: Question) {
        let index = points[question.accessPoint].host
        guard hosts[index].pipelines.isStreaming, suitsPipeline(question) else {
            hosts[index].queue.append(question)
            return askAlone(index)
        }
        alone[paceOf: index].noteAsked()
        hosts[index].underWayCount += 1
        hosts[index].pipelines.ask(pending.add(question))
    }

    package func wait(atMost longest: Duration, _ receive: (Answer) -> Void) {
        let now = alone.now
        for index in hosts.indices {
            hosts[index].pipelines.pump(
                otherConnectionCount: otherConnectionCount(index) + hosts[index].aloneCount,
                isPaused: now < alone[paceOf: index].pausedUntil
            )
            askAlone(index)
        }
        alone.wait(atMost: answers.isEmpty ? longest : .zero) { question, answer in
            let index = points[question.accessPoint].host
            hosts[index].aloneCount -= 1
            prove(question, answer, index)
            receive(answer)
        }
        let batch = answers
        answers.removeAll(keepingCapacity: true)
        batch.forEach(receive)
    }

    /// Asks what waits to be asked alone, as far as the host's connections allow.
    private func askAlone(_ index: Int) {
        guard !hosts[index].queue.isEmpty else { return }
        if hosts[index].pipelines.limits.problem != nil { alone.offerMultiplexing(to: index) }
        let limit = aloneLimit(index)
        while hosts[index].aloneCount < limit, !hosts[index].queue.isEmpty {
            hosts[index].aloneCount += 1
            alone.ask(hosts[index].queue.removeFirst())
        }
    }

    /// How many questions may be asked alone at once.
    private func aloneLimit(_ index: Int) -> Int {
        let streamCount = alone.streamCount(of: index)
        if streamCount > 1 { return streamCount }
        let others = hosts[index].pipelines.connectionCount + otherConnectionCount(index)
        return max(1, connectionsPerHost - others)
    }

    /// The connections to the other hosts of the same address.
    private func otherConnectionCount(_ index: Int) -> Int {
        alone.hosts(beside: index).reduce(0) { sum, other in
            other == index ? sum : sum + hosts[other].connectionCount
        }
    }

    /// Names that servers refuse by closing the connection would take others with them.
    private func suitsPipeline(_ question: Question) -> Bool {
        guard case .file = question.subject, !question.isAlone,
            points[question.accessPoint].isPlain, question.path.count <= 1024
        else { return false }
        return question.path.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
    }

    // MARK: - Requests

    private func request(_ tag: Int, _ isFirst: Bool) -> [UInt8] {
        guard let question = pending[tag] else { return [] }
        return request(question, isFirst)
    }

    private func request(_ question: Question, _ isFirst: Bool) -> [UInt8] {
        let point = points[question.accessPoint]
        var bytes: [UInt8] = []
        bytes.reserveCapacity(
            point.requestStart.count + point.requestEnd.count + question.path.count + 32
        )
        bytes.append(contentsOf: point.requestStart)
        question.appendEscapedPath(to: &bytes)
        bytes.append(contentsOf: point.requestEnd)
        // Apache tells its limit only to those who ask it to keep the connection.
        if isFirst { bytes.append(contentsOf: "Connection: keep-alive\r\n".utf8) }
        bytes.append(UInt8(ascii: "\r"))
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    /// Begins to probe a host with the first file that proves to be there.
    private func prove(_ question: Question, _ answer: Answer, _ index: Int) {
        guard hosts[index].pipelines.stage == .unproven, suitsProbe(question),
            case .answered(200, let byteCount?) = answer.reply, byteCount > 0
        else { return }
        let absent = (0..<2).map { _ in
            var other = question
            other.path = Array("no-such-file-\(UInt64.random(in: .min ... .max))".utf8)[...]
            return request(other, false)
        }
        hosts[index].pipelines.prove(
            GuardedPipeline.Sentinels(
                known: request(question, true),
                knownByteCount: byteCount,
                absent: absent
            )
        )
    }

    private func suitsProbe(_ question: Question) -> Bool {
        guard !question.isDirectory else { return false }
        var file = question
        if case .knownFile(let id) = question.subject { file.subject = .file(id) }
        file.isAlone = false
        return suitsPipeline(file)
    }

    // MARK: - Answers

    private func take(_ event: PipelinedHost.Event, from index: Int) {
        switch event {
        case .sentMore: alone[paceOf: index].noteSentMore()
        case .complained(let head):
            let until = head.retryAt.map { max(0, $0 - Timestamp.now.secondsSinceEpoch) }
            alone[paceOf: index].pause(
                retryAfterSeconds: head.retryAfterSeconds ?? until,
                now: alone.now
            )
        case .returned(let tag):
            guard let question = release(tag, from: index) else { return }
            hosts[index].queue.append(question)
        case .recalled(let tag):
            guard let question = release(tag, from: index) else { return }
            answers.append(
                Answer(
                    accessPoint: question.accessPoint,
                    subject: question.subject,
                    reply: .notAsked
                )
            )
        case .answered(let tag, let head):
            let isContent = head.status != 429 && head.status != 503
            guard let question = release(tag, from: index, isContent: isContent) else { return }
            if Self.isUnclear(head, to: question) { return hosts[index].queue.append(question) }
            answers.append(
                Answer(
                    accessPoint: question.accessPoint,
                    subject: question.subject,
                    reply: .answered(status: head.status, byteCount: head.byteCount),
                    modified: head.lastModified.map { Timestamp(secondsSinceEpoch: $0) }
                )
            )
        }
    }

    /// Whether the answer says less than one to the same question alone would: redirects, 200 without
    /// the length of a file, and 400, which may be about the connection.
    private static func isUnclear(_ head: ResponseHead, to question: Question) -> Bool {
        switch head.status {
        case 200: head.byteCount == nil && !question.isDirectory
        case 300..<400, 400: true
        default: false
        }
    }

    /// Takes a question back from the pipelines; where it is asked again, it counts again.
    private func release(_ tag: Int, from index: Int, isContent: Bool = false) -> Question? {
        guard let question = pending.remove(tag) else { return nil }
        if isContent {
            alone[paceOf: index].noteAnswered()
        } else {
            alone[paceOf: index].noteWithdrawn()
        }
        hosts[index].underWayCount -= 1
        return question
    }
}
