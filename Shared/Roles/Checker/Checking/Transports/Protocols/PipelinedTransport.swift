import Bytes
package import Catalogs
import CheckPlanning
package import CheckStates
import DequeModule
import FunctionRuntime
package import HTTPTransport
import Linux
package import Mirrors
import Time
import URLs

/// Asks http and https access points with pipelined HEAD requests, and the remaining questions one
/// by one.
///
/// One loop serves all hosts. Only files with plain names are pipelined. An answer that redirects
/// or lacks what proves presence is not passed on: the ``WebTransport`` asks the question again.
///
/// `AskingStrategy` explains how a host's strategy is chosen.
package final class PipelinedTransport: Transport {
    private let alone: WebTransport
    private let registry: HostRegistry
    private let points: DenseTable<AccessPointNumber, Point>
    private var hosts = DenseTable<HostNumber, Host>([])
    private var latestRequest: [UInt8] = []
    private var underWay = PipelinedQuestions()
    private var expected = ExpectedFiles(Catalog())

    /// How many questions may wait to be asked singly before a host gets no others.
    private static let aloneQueueLimit = 32

    private struct Point {
        /// "HEAD /base/", the beginning of a request.
        var requestStart: [UInt8]
        var requestEnd: [UInt8]
        var host: HostNumber
        /// Host names outside ASCII and URLs with a password are left to libcurl.
        var isPlain: Bool
    }

    /// A class, so that changing one takes no look at who else uses the table of all.
    private final class Host {
        let pipelines: PipelinedHost
        /// The questions to be asked singly, oldest first.
        var queue: [Question] = []
        var aloneCount = 0
        /// The number of questions passed to the pipelines whose answers were not passed on.
        ///
        /// A server that answers faster than the run judges gets no more questions meanwhile, so
        /// that answers do not pile up.
        var underWayCount = 0

        init(_ pipelines: PipelinedHost) {
            self.pipelines = pipelines
        }
    }

    /// The parameters for making connections.
    package struct Connections {
        package var loop: MultiLoop
        package var userAgent: String
        package var authorityFile: String?
        /// The maximum per host.
        package var perHost: Int
        /// A connection that answers nothing for this long is given up.
        package var answerPatience: Duration

        package init(
            loop: MultiLoop,
            userAgent: String,
            authorityFile: String? = nil,
            perHost: Int,
            answerPatience: Duration = .seconds(10)
        ) {
            self.loop = loop
            self.userAgent = userAgent
            self.authorityFile = authorityFile
            self.perHost = perHost
            self.answerPatience = answerPatience
        }
    }

    /// `alone` and `registry` must be made for the same access points; nobody else may use `alone`,
    /// and its requests run in the same loop.
    package init(
        accessPoints: [AccessPoint],
        registry: HostRegistry,
        alone: WebTransport,
        _ connections: Connections
    ) {
        self.alone = alone
        self.registry = registry
        var urls: [HostNumber: String] = [:]
        let points = accessPoints.enumerated().map { index, accessPoint in
            let host = registry.host(of: AccessPointNumber(index: index))
            let url = accessPoint.baseURL
            if urls[host] == nil { urls[host] = url }
            let authority = registry.authorities[host]
            let path = URLParts(url)?.path ?? "/"
            return Point(
                requestStart: Array("HEAD \(path)".utf8),
                requestEnd: Array(
                    " HTTP/1.1\r\nHost: \(authority)\r\nUser-Agent: \(connections.userAgent)\r\n"
                        .utf8
                ),
                host: host,
                isPlain: url.utf8.allSatisfy { (0x21...0x7E).contains($0) }
                    && !authority.contains("@")
            )
        }
        self.points = DenseTable(points)
        let hosts = registry.authorities.keys.map { index in
            Host(
                PipelinedHost(
                    loop: connections.loop,
                    url: urls[index] ?? "",
                    connectionLimit: connections.perHost,
                    authorityFile: connections.authorityFile,
                    answerPatience: connections.answerPatience,
                    addresses: { [unowned self] in self.alone.known(index) },
                    request: { [unowned self] tag, isFirst in request(tag, isFirst) },
                    receive: { [unowned self] event in take(event, from: index) }
                )
            )
        }
        self.hosts = DenseTable(Array(hosts))
    }

    package func speaks(_ scheme: AccessPoint.Scheme) -> Bool { alone.speaks(scheme) }

    package func expect(_ catalog: Catalog) {
        expected = ExpectedFiles(catalog)
        alone.expect(catalog)
    }

    package func pause(at accessPoint: AccessPointNumber) -> Duration {
        alone.pause(at: accessPoint)
    }

    package func addressCount(at accessPoint: AccessPointNumber) -> Int {
        alone.addressCount(at: accessPoint)
    }

    package func remark(at accessPoint: AccessPointNumber) -> String? {
        alone.remark(at: accessPoint)
    }

    /// Whether the host of an access point has shown that it pipelines, and is asked that way.
    package func isPipelining(at accessPoint: AccessPointNumber) -> Bool {
        hosts[points[accessPoint].host].pipelines.isStreaming
    }

    /// Why the host of an access point is now asked one by one; nil if it is not.
    package func problem(at accessPoint: AccessPointNumber) -> String? {
        hosts[points[accessPoint].host].pipelines.limits.problem
    }

    package func begin(with strategy: AskingStrategy, at accessPoint: AccessPointNumber) {
        guard points[accessPoint].isPlain else { return }
        hosts[points[accessPoint].host].pipelines.begin(with: strategy)
        alone.begin(with: strategy, at: accessPoint)
    }

    package func strategy(at accessPoint: AccessPointNumber) -> AskingStrategy? {
        let point = points[accessPoint]
        let pipelines = hosts[point.host].pipelines
        guard point.isPlain else { return nil }
        if pipelines.isStreaming {
            return AskingStrategy(
                .pipelining,
                depth: pipelines.limits.depth,
                answersPerConnection: pipelines.limits.answersPerConnection
            )
        }
        return pipelines.limits.problem != nil ? alone.strategy(of: point.host) : nil
    }

    package func room(at accessPoint: AccessPointNumber) -> Int {
        let index = points[accessPoint].host
        let host = hosts[index]
        // A single question takes a round trip: these wait beside the pipelines, but must not pile
        // up.
        guard host.queue.count < Self.aloneQueueLimit else { return 0 }
        let room =
            host.pipelines.isStreaming
            ? host.pipelines.capacity - host.underWayCount
            : aloneRoom(index) - host.queue.count
        return room > 0 ? min(room, registry.allowance(of: index)) : 0
    }

    package func ask(_ question: Question) {
        let index = points[question.accessPoint].host
        let host = hosts[index]
        guard host.pipelines.isStreaming, suitsPipeline(question) else {
            host.queue.append(question)
            return askAlone(index)
        }
        registry.noteSent(to: index)
        host.underWayCount += 1
        host.pipelines.ask(underWay.questions.add(question))
    }

    package func wait(atMost longest: Duration, _ receive: (Answer) -> Void) {
        for index in hosts.keys {
            let host = hosts[index]
            guard host.pipelines.isBusy || !host.queue.isEmpty else { continue }
            noteConnections(to: index)
            host.pipelines.sendQueued(
                connectionRoom: registry.connectionRoom(of: index),
                isPaused: registry.isPaused(index)
            )
            noteConnections(to: index)
            askAlone(index)
        }
        alone.wait(atMost: underWay.answers.isEmpty ? longest : .zero) { question, answer in
            let index = points[question.accessPoint].host
            hosts[index].aloneCount -= 1
            prove(question, answer, index)
            receive(answer)
        }
        passOn(receive)
    }

    /// Passes answers on for a slice of time.
    private func passOn(_ receive: (Answer) -> Void) {
        var slice = WorkSlice(clock: { [registry] in registry.now })
        // Apart from the property, which costs an exclusivity check with each access. Answers that
        // come meanwhile are later ones.
        var answers = Deque<PipelinedAnswer>()
        swap(&answers, &underWay.answers)
        while !slice.isOver(), let answer = answers.popFirst() {
            guard let question = underWay.questions.remove(answer.tag) else { continue }
            hosts[points[question.accessPoint].host].underWayCount -= 1
            receive(answer.answer(to: question))
        }
        answers.append(contentsOf: underWay.answers)
        underWay.answers = answers
    }

    private func noteConnections(to index: HostNumber) {
        registry.noteConnections(hosts[index].pipelines.connectionCount, to: index, for: .pipelines)
    }

    /// Asks questions singly, as far as the host's connections allow.
    private func askAlone(_ index: HostNumber) {
        let host = hosts[index]
        guard !host.queue.isEmpty else { return }
        if host.pipelines.limits.problem != nil { alone.offerMultiplexing(to: index) }
        while aloneRoom(index) > 0, !host.queue.isEmpty {
            host.aloneCount += 1
            alone.ask(host.queue.removeFirst())
        }
    }

    /// How many more questions may be asked singly at once; one is always allowed, whatever the
    /// number of other connections.
    private func aloneRoom(_ index: HostNumber) -> Int {
        max(hosts[index].aloneCount == 0 ? 1 : 0, alone.requestRoom(of: index))
    }

    /// Names for which servers close the connection would take other requests with them.
    private func suitsPipeline(_ question: Question) -> Bool {
        guard case .file = question.subject, !question.isAlone, question.address == nil,
            !question.wantsContent,
            points[question.accessPoint].isPlain, question.path.count <= 1024
        else { return false }
        return question.path.span.endOfRun(of: Self.printable, from: 0) == question.path.count
    }

    /// ASCII without control characters.
    private static var printable: ByteSet {
        ByteSet(low: 0xFFFF_FFFF_0000_0000, high: 0x7FFF_FFFF_FFFF_FFFF)
    }

    // MARK: - Requests

    private func request(_ tag: RequestTag, _ isFirst: Bool) -> [UInt8] {
        guard let question = underWay.questions[tag] else { return [] }
        return request(question, isFirst)
    }

    private func request(_ question: Question, _ isFirst: Bool) -> [UInt8] {
        let point = points[question.accessPoint]
        // In the memory of the previous request, which has been copied by now.
        var bytes: [UInt8] = []
        swap(&bytes, &latestRequest)
        bytes.removeAll(keepingCapacity: true)
        defer { latestRequest = bytes }
        bytes.append(contentsOf: point.requestStart)
        question.appendEscapedPath(to: &bytes)
        bytes.append(contentsOf: point.requestEnd)
        // Apache tells its limit only to clients that ask it to keep the connection.
        if isFirst { bytes.append(contentsOf: "Connection: keep-alive\r\n".utf8) }
        bytes.append(UInt8(ascii: "\r"))
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    /// Starts the proof of a host with the first file that is proven to be there.
    private func prove(_ question: Question, _ answer: Answer, _ index: HostNumber) {
        guard alone.isAskedByHead(index) else {
            return hosts[index].pipelines.giveUp("HEAD tells no lengths")
        }
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
        file.address = nil
        file.algorithm = nil
        return suitsPipeline(file)
    }

    // MARK: - Answers

    private func take(_ event: PipelinedHost.Event, from index: HostNumber) {
        switch event {
        case .sentMore: registry.noteSent(to: index)
        case .connected(let address): registry.note(address: address, of: index)
        case .complained(let head):
            let until = head.retryAt.map { max(0, $0 - Timestamp.now.secondsSinceEpoch) }
            registry.noteComplaint(
                of: index,
                retryAfterSeconds: head.retryAfterSeconds ?? until
            )
        case .returned(let tag):
            guard let question = underWay.questions.remove(tag) else { return }
            askLater(question, index)
        case .recalled(let tag):
            underWay.answers.append(PipelinedAnswer(tag: tag))
        case .answered(let heads):
            for question in underWay.take(heads, expected) { askLater(question, index) }
            let contentCount = heads.count { $0.head.status != 429 && $0.head.status != 503 }
            registry.noteContent(of: index, answerCount: contentCount)
        }
    }

    /// Leaves a question that came back from the pipelines to be asked singly, which counts again.
    private func askLater(_ question: Question, _ index: HostNumber) {
        hosts[index].underWayCount -= 1
        hosts[index].queue.append(question)
    }
}
