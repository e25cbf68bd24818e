package import Catalogs
import CheckPlanning
package import CheckStates
package import HTTPTransport
import HealthFormat
package import Mirrors
import Time

/// Asks http and https access points with single requests over libcurl: HEAD, the first byte if
/// HEAD tells nothing, and folder listings.
///
/// Measured against nginx on loopback: 36 µs of CPU per HEAD, including libcurl.
package final class WebTransport: Transport {
    private let client: WebClient
    private let registry: HostRegistry
    let addresses: AddressBook
    private let bases: DenseTable<AccessPointNumber, [UInt8]>
    private var hosts: DenseTable<HostNumber, WebHost>
    /// The requests in flight.
    private var pending = TagTable<PendingQuestion>()
    /// The answers to questions that could not be sent.
    private var unsent: [(Question, Answer)] = []
    private let listings: ListingDownloads
    private var expected = ExpectedFiles(Catalog())
    /// The URL being built; reused, so that a question needs no allocation.
    private var url: [UInt8] = []

    /// A question and how it is asked.
    private struct PendingQuestion {
        var question: Question
        var method: WebClient.Method
        var connection: WebClient.Connection
        /// What reads the body; nil if there is none, or only its length counts.
        var body: Body?
        /// Why the first byte is requested although the host is asked by HEAD.
        var emptyHead: String?
        /// The number of earlier attempts.
        var attemptCount = 0
        /// The end of the certificate, if an attempt returned it.
        var certificateEnd: Timestamp?
    }

    /// What reads the body of an answer.
    private enum Body {
        case listing(ListingDownload)
        case content(ContentDownload)
        case sample(SampleDownload)

        var receive: (WebClient.Piece) -> WebClient.Reception {
            switch self {
            case .listing(let download): download.receive
            case .content(let download): download.receive
            case .sample(let download): download.receive
            }
        }

        /// The digests of a whole file's content.
        func digests(_ head: WebClient.Head) -> Digests? {
            if case .content(let download) = self { download.digests(head) } else { nil }
        }

        /// How fast a sample came.
        func transfer(_ answer: WebClient.Answer) -> Transfer? {
            if case .sample(let download) = self { download.transfer(answer) } else { nil }
        }
    }

    /// The longest chain of attempts: two safer kinds of connection, each with HEAD and then GET.
    private static let attemptLimit = 5

    /// Takes the access points in the order of their numbers; `registry` must be made for the same
    /// ones.
    package init(
        accessPoints: [AccessPoint],
        registry: HostRegistry,
        client: WebClient,
        addresses: AddressBook = AddressBook()
    ) {
        self.registry = registry
        self.client = client
        self.addresses = addresses
        bases = DenseTable(accessPoints.map { Array($0.baseURL.utf8) })
        hosts = DenseTable(repeating: WebHost(), count: registry.hostCount)
        listings = ListingDownloads(clock: { [registry] in registry.now })
    }

    package func speaks(_ scheme: AccessPoint.Scheme) -> Bool {
        scheme == .http || scheme == .https
    }

    package func expect(_ catalog: Catalog) {
        expected = ExpectedFiles(catalog)
        listings.expect(expected)
    }

    package func begin(with strategy: AskingStrategy, at accessPoint: AccessPointNumber) {
        hosts[registry.host(of: accessPoint)].begin(with: strategy)
    }

    package func strategy(at accessPoint: AccessPointNumber) -> AskingStrategy? {
        strategy(of: registry.host(of: accessPoint))
    }

    package func remark(at accessPoint: AccessPointNumber) -> String? {
        hosts[registry.host(of: accessPoint)].remark
    }

    package func addressCount(at accessPoint: AccessPointNumber) -> Int {
        known(registry.host(of: accessPoint)).count
    }

    package func room(at accessPoint: AccessPointNumber) -> Int {
        let host = registry.host(of: accessPoint)
        let room = requestRoom(of: host)
        return room > 0 ? min(room, registry.allowance(of: host)) : 0
    }

    package func pause(at accessPoint: AccessPointNumber) -> Duration {
        registry.pause(of: registry.host(of: accessPoint))
    }

    package func ask(_ question: Question) {
        let host = registry.host(of: question.accessPoint)
        put(
            PendingQuestion(
                question: question,
                method: Self.method(for: question) ?? hosts[host].method,
                // A sample stands for a client's download, which begins with a new connection.
                connection: question.isSample ? .single : hosts[host].connection
            ),
            host
        )
    }

    /// The method for questions that are not about a file.
    private static func method(for question: Question) -> WebClient.Method? {
        if question.subject == .listing { return .page }
        if question.isSample { return .sample }
        return question.wantsContent ? .content : nil
    }

    package func wait(atMost longest: Duration, _ receive: (Answer) -> Void) {
        wait(atMost: longest) { _, answer in receive(answer) }
    }

    // MARK: - For a sibling that asks otherwise as well

    func strategy(of host: HostNumber) -> AskingStrategy? { hosts[host].strategy }

    /// Whether the host's `HEAD` answers are useful.
    func isAskedByHead(_ host: HostNumber) -> Bool { hosts[host].method == .head }

    /// Offers HTTP/2 to a host from now on.
    func offerMultiplexing(to host: HostNumber) {
        hosts[host].offerMultiplexing()
    }

    /// The number of requests in flight to the access point's host.
    func inFlightCount(at accessPoint: AccessPointNumber) -> Int {
        hosts[registry.host(of: accessPoint)].inFlightCount
    }

    /// How many more concurrent requests the host accepts.
    func requestRoom(of host: HostNumber) -> Int {
        hosts[host].isMultiplexing
            ? MultiLoop.streamLimit - hosts[host].inFlightCount
            : registry.connectionRoom(of: host)
    }

    /// The addresses of a host's name; empty if there is no choice.
    func known(_ host: HostNumber) -> [String] {
        addresses.addresses(of: registry.authorities[host], metAt: registry.address(of: host))
    }

    /// Like ``wait(atMost:_:)``, but passes on the question with its answer.
    func wait(atMost longest: Duration, _ receive: (Question, Answer) -> Void) {
        let failed = unsent
        unsent.removeAll()
        for (question, answer) in failed { receive(question, answer) }
        let isBusy = !failed.isEmpty || listings.hasWork
        client.wait(atMost: isBusy ? .zero : min(longest, HostPace.tick)) { answer in
            guard let asked = pending.remove(answer.tag) else { return }
            take(answer, of: asked, receive)
        }
        listings.work(resume: client.resume) { question, answer in receive(question, answer) }
    }

    // MARK: - Requests

    private func put(_ asked: PendingQuestion, _ host: HostNumber) {
        let question = asked.question
        url.removeAll(keepingCapacity: true)
        url.append(contentsOf: bases[question.accessPoint])
        question.appendEscapedPath(to: &url)
        url.append(0)
        var options = WebClient.Options()
        options.method = asked.method
        options.connection = asked.connection
        // A cache repeats what was said before, but a second look needs the server's present
        // answer.
        options.passesCaches = question.isAlone || !question.isFirstLook
        options.isAboutFile = question.subject != .base
        options.wantsCertificateEnd = question.wantsCertificateEnd
        options.sampleByteCount = question.isPart(expected) ? question.byteCount : nil
        options.address = question.address.flatMap { number in
            let known = known(host)
            return known.indices.contains(number) ? known[number] : nil
        }
        let tag = pending.add(asked)
        let body = body(for: asked, tag)
        pending[tag]?.body = body
        registry.noteSent(to: host)
        hosts[host].inFlightCount += 1
        do throws(HTTPTransportError) {
            try client.start(url: url, tag: tag, options, receive: body?.receive)
        } catch {
            _ = pending.remove(tag)
            if case .listing(let download) = body { listings.cancel(download) }
            hosts[host].inFlightCount -= 1
            unsent.append((question, question.answered(.unusable(reason: "\(error)"))))
        }
        noteConnections(to: host)
    }

    private func body(for asked: PendingQuestion, _ tag: RequestTag) -> Body? {
        let question = asked.question
        switch asked.method {
        case .page: return .listing(listings.begin(question, tag: tag))
        case .content:
            return question.algorithm.map {
                .content(ContentDownload(by: $0, limit: question.byteCount))
            }
        case .sample: return .sample(SampleDownload(limit: question.byteCount))
        case .head, .firstByte: return nil
        }
    }

    private func noteConnections(to host: HostNumber) {
        registry.noteConnections(hosts[host].connectionCount, to: host, for: .requests)
    }

    // MARK: - Answers

    private func take(
        _ answer: WebClient.Answer,
        of asked: PendingQuestion,
        _ receive: (Question, Answer) -> Void
    ) {
        let host = registry.host(of: asked.question.accessPoint)
        hosts[host].inFlightCount -= 1
        var asked = asked
        if let end = answer.certificateEnd {
            asked.certificateEnd = Timestamp(secondsSinceEpoch: end)
        }
        if let address = answer.address { registry.note(address: address, of: host) }
        note(answer, host)
        defer { noteConnections(to: host) }
        if let next = next(after: answer, asked, host) {
            guard !registry.isPaused(host) else {
                return receive(asked.question, asked.question.answered(.notAsked))
            }
            return put(next, host)
        }
        if case .listing(let download) = asked.body { return download.end(answer.result) }
        let head = try? answer.result.get()
        var given = asked.question.answered(
            Self.reply(answer.result, isRedirected: answer.hopCount > 0),
            seconds: answer.seconds,
            modified: head?.lastModified.map { Timestamp(secondsSinceEpoch: $0) },
            digests: head.flatMap { asked.body?.digests($0) } ?? Digests(),
            isRedirected: answer.hopCount > 0,
            transfer: asked.body?.transfer(answer)
        )
        given.certificateEnd = asked.certificateEnd
        receive(asked.question, given)
    }

    private func note(_ answer: WebClient.Answer, _ host: HostNumber) {
        if case .success(let head) = answer.result, head.status == 429 || head.status == 503 {
            registry.noteComplaint(of: host, retryAfterSeconds: head.retryAfterSeconds)
        } else {
            registry.noteContent(of: host)
        }
    }

    /// How to repeat a question if the way it was asked may have caused the answer.
    private func next(
        after answer: WebClient.Answer,
        _ asked: PendingQuestion,
        _ host: HostNumber
    ) -> PendingQuestion? {
        var next = asked
        next.attemptCount += 1
        switch answer.result {
        case .failure(let failure):
            // A stuck request on a shared connection blocks all others on it.
            let isHung = failure.kind == .timedOut && answer.isHTTP2
            guard failure.isOfConnection || isHung, next.attemptCount < Self.attemptLimit,
                asked.method != .page, asked.method != .content, asked.method != .sample,
                let connection = hosts[host].noteFailure(over: asked.connection, failure.reason)
            else { return nil }
            next.connection = connection
            return next
        case .success(let head):
            hosts[host].noteAnswer(over: asked.connection, isHTTP2: answer.isHTTP2)
            let empty = reasonWhyEmpty(head, asked.question)
            if let reason = asked.emptyHead {
                hosts[host].noteFirstByte(after: reason, isTold: empty == nil)
                return nil
            }
            guard asked.method == .head, next.attemptCount < Self.attemptLimit else { return nil }
            guard let empty else {
                if head.status == 200 { hosts[host].noteFullHead() }
                return nil
            }
            next.method = .firstByte
            next.emptyHead = empty
            return next
        }
    }

    /// Why an answer to HEAD says nothing about the file; nil if it says enough.
    ///
    /// Apache sends no length for an empty file. A length of 0 is suspicious only if more is
    /// expected.
    private func reasonWhyEmpty(_ head: WebClient.Head, _ question: Question) -> String? {
        switch head.status {
        case 405, 501: return "\(head.status)"
        case 200 where !question.isDirectory && question.isAboutFile:
            if head.isEncoded { return "the length is that of a compressed text" }
            let expected = question.fileID.flatMap(expected.byteCount)
            guard let byteCount = head.byteCount else {
                return expected == 0 ? nil : "no Content-Length"
            }
            return byteCount == 0 && expected ?? 0 > 0 ? "Content-Length: 0" : nil
        default: return nil
        }
    }

    /// Answers after a redirect are not published: that would let outsiders look into networks that
    /// only the checker reaches.
    static func reply(
        _ result: Result<WebClient.Head, WebClient.Failure>,
        isRedirected: Bool = false
    ) -> Reply {
        switch result {
        case .success(let head):
            // The length of compressed content is not the file's.
            return .answered(status: head.status, byteCount: head.isEncoded ? nil : head.byteCount)
        case .failure(let failure):
            let isAnswer: Bool =
                switch failure.kind {
                case .redirect, .otherFile, .notHTTP: true
                default: failure.error == .badURL
                }
            let outage = isRedirected ? .redirect : Outage(failure.kind)
            return isAnswer
                ? .unusable(reason: failure.reason, outage: outage)
                : .failed(reason: failure.reason, outage: outage)
        }
    }
}
