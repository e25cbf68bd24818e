import DequeModule

/// A connection on which HEAD requests are sent without waiting for earlier answers (HTTP/1.1
/// pipelining, RFC 9112 section 9.3.2).
///
/// libcurl has had no pipelining since 7.62, but still makes the connection (names, IPv6, proxies,
/// TLS): ``CurlConnection``. Answers come in the order of the requests. Whatever ends the
/// connection, unanswered requests are handed back: HEAD changes nothing, so they can be sent
/// again, and the lack of an answer says nothing about the files.
@safe package final class PipelinedConnection {
    /// An event of the connection.
    package enum Event {
        /// The connection was made, to this address.
        case opened(address: String?)
        case answered(tag: RequestTag, ResponseHead)
        /// The connection is closed; these requests were not answered.
        case closed(Ending, unanswered: [RequestTag])
    }

    /// Why a connection ended.
    package enum Ending: Hashable, Sendable, CustomStringConvertible {
        /// It was never made.
        case notConnected(CurlError, reason: String)
        /// The last answer closed the connection.
        case announced
        /// The server closed or reset it unannounced.
        case cut(reason: String)
        /// The server sent something that is not an answer.
        case broken(ResponseHeadError)
        /// The server sent an answer without a request.
        case unsolicited
        /// The caller closed it.
        case dismissed

        package var description: String {
            switch self {
            case .notConnected(_, let reason): reason
            case .announced: "the server closes after an answer"
            case .cut(let reason): reason
            case .broken(let error): "\(error)"
            case .unsolicited: "an answer without a question"
            case .dismissed: "closed"
            }
        }
    }

    package var state: CurlConnection.State { connection?.state ?? .connecting }
    /// The number of enqueued requests.
    package var sentCount: Int { sent }
    /// The number of answers.
    package var answeredCount: Int { answered }
    /// When the latest answer was complete or, with nothing pending, the latest request was
    /// enqueued.
    ///
    /// Single bytes are not progress: a server could send them forever.
    package private(set) var lastProgress: ContinuousClock.Instant

    // Private, so that the compiler sees all accesses, and need not check each one for conflicts.
    private var sent = 0
    private var answered = 0
    private var connection: CurlConnection?
    private let receive: (PipelinedConnection, Event) -> Void
    private let clock = ContinuousClock()
    private var parser = ResponseHeadParser()
    /// The unanswered requests, oldest first.
    private var waiting = Deque<RequestTag>()

    // TLS requires an unfinished write to be repeated with the same pointer and at least the same
    // length, so the bytes never move before all of them are sent.
    private let outgoing: UnsafeMutableRawBufferPointer
    private var outgoingStart = 0
    private var outgoingEnd = 0
    private let incoming: UnsafeMutableRawBufferPointer

    /// The maximum number of bytes of requests waiting for the kernel.
    private static let outgoingCapacity = 65_536
    /// The maximum read: about 130 answers.
    private static let incomingCapacity = 32_768

    /// The maximum number of reads in one step: about 2,000 answers.
    private static let readLimit = 16

    /// Starts to connect to the host of `url`; `receive` is called from within steps of the loop,
    /// and from within the methods below.
    ///
    /// `authorityFile` has the certificates to trust instead of the system's. `address` is one of
    /// the host's addresses, to connect to; nil for any.
    package init(
        loop: MultiLoop,
        url: String,
        connectSeconds: Int = 10,
        authorityFile: String? = nil,
        address: String? = nil,
        receive: @escaping (PipelinedConnection, Event) -> Void
    ) throws(HTTPTransportError) {
        self.receive = receive
        lastProgress = clock.now
        unsafe outgoing = .allocate(byteCount: Self.outgoingCapacity, alignment: 1)
        unsafe incoming = .allocate(byteCount: Self.incomingCapacity, alignment: 1)
        connection = try CurlConnection(
            loop,
            to: .init(
                url: url,
                connectSeconds: connectSeconds,
                authorityFile: authorityFile,
                address: address
            )
        ) { [unowned self] failure in
            start(failure)
        }
    }

    deinit {
        connection?.close()
        unsafe outgoing.deallocate()
        unsafe incoming.deallocate()
    }

    /// The number of unanswered requests.
    package var inFlightCount: Int { waiting.count }

    /// Appends the bytes of a request to earlier ones; false if there is no room now.
    ///
    /// Nothing is sent before ``flush()``, so that many requests take one system call.
    package func enqueue(_ request: [UInt8], tag: RequestTag) -> Bool {
        guard state == .open else { return false }
        if outgoingStart == outgoingEnd {
            outgoingStart = 0
            outgoingEnd = 0
        }
        guard request.count <= Self.outgoingCapacity - outgoingEnd else { return false }
        if waiting.isEmpty { lastProgress = clock.now }
        unsafe UnsafeMutableRawBufferPointer(rebasing: outgoing[outgoingEnd...])
            .copyBytes(from: request)
        outgoingEnd += request.count
        waiting.append(tag)
        sent += 1
        return true
    }

    /// Sends as much as the socket accepts of the enqueued requests; the rest follows when there is
    /// room.
    package func flush() {
        while state == .open, let connection, outgoingStart < outgoingEnd {
            let rest = unsafe UnsafeRawBufferPointer(
                rebasing: outgoing[outgoingStart..<outgoingEnd]
            )
            switch unsafe connection.send(rest) {
            case .moved(let count): outgoingStart += count
            case .blocked: return connection.watch(reading: true, writing: true)
            case .ended: return end(.cut(reason: "closed without notice"))
            case .failed(let reason):
                // The answers received before still count.
                readSome()
                return end(.cut(reason: reason))
            }
        }
    }

    /// Closes the connection and hands back unanswered requests.
    package func close() {
        end(.dismissed)
    }

    private func start(_ failure: CurlConnection.Failure?) {
        if let failure {
            let ending = failure.error.map { Ending.notConnected($0, reason: failure.reason) }
            return end(ending ?? .cut(reason: failure.reason))
        }
        lastProgress = clock.now
        connection?.own { [unowned self] isWritable in
            if isWritable {
                connection?.watch(reading: true, writing: false)
                flush()
            }
            readSome()
        }
        receive(self, .opened(address: connection?.peerAddress))
    }

    /// Reads what is available, up to a server's share of a step.
    private func readSome() {
        var readCount = 0
        while state == .open, let connection {
            // TLS may have bytes that the socket no longer reports.
            guard readCount < Self.readLimit else { return connection.callAgain() }
            readCount += 1
            switch unsafe connection.receive(into: incoming) {
            case .moved(let count):
                take(count)
                // On a plain socket, a short read has emptied it; epoll will report more.
                if !connection.isTLS, count < Self.incomingCapacity { return }
            case .blocked: return
            case .ended: return end(.cut(reason: "closed without notice"))
            case .failed(let reason): return end(.cut(reason: reason))
            }
        }
    }

    private func take(_ count: Int) {
        let bytes = unsafe Span<UInt8>(
            _unsafeElements: UnsafeBufferPointer(
                start: incoming.baseAddress?.assumingMemoryBound(to: UInt8.self),
                count: count
            )
        )
        var position = 0
        let answeredBefore = answered
        // Apart from the property, which costs an exclusivity check with each access.
        var parser = ResponseHeadParser()
        swap(&parser, &self.parser)
        defer {
            swap(&parser, &self.parser)
            if answered > answeredBefore { lastProgress = clock.now }
        }
        while state == .open {
            let head: ResponseHead?
            do throws(ResponseHeadError) {
                head = try parser.next(in: bytes, from: &position)
            } catch {
                return end(.broken(error))
            }
            guard let head else { return }
            guard let tag = waiting.popFirst() else { return end(.unsolicited) }
            answered += 1
            receive(self, .answered(tag: tag, head))
            if head.isLast { end(.announced) }
        }
    }

    private func end(_ ending: Ending) {
        guard state != .closed else { return }
        connection?.close()
        let unanswered = Array(waiting)
        waiting = []
        receive(self, .closed(ending, unanswered: unanswered))
    }
}
