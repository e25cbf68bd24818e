import DequeModule

/// One connection over which HEAD requests are sent without waiting for the answers before
/// (HTTP/1.1 pipelining, RFC 9112 section 9.3.2).
///
/// libcurl has had no pipelining since 7.62, but still makes the connection (names, IPv6, proxies,
/// TLS): ``CurlConnection``. Answers come in the order of the requests. Whatever ends the
/// connection, the requests without an answer are handed back: HEAD changes nothing, so they can be
/// sent again, and that they were not answered says nothing about the files.
@safe package final class PipelinedConnection {
    /// What happens to a connection.
    package enum Event {
        /// The connection is there, to this address.
        case opened(address: String?)
        case answered(tag: RequestTag, ResponseHead)
        /// No more comes: the connection is closed, and these requests were not answered.
        case closed(Ending, unanswered: [RequestTag])
    }

    /// Why a connection ended.
    package enum Ending: Hashable, Sendable, CustomStringConvertible {
        /// There never was one.
        case notConnected(CurlError, reason: String)
        /// The last answer closed the connection.
        case announced
        /// The server closed or reset without saying so.
        case cut(reason: String)
        /// The server sent what is not an answer.
        case broken(ResponseHeadError)
        /// The server sent an answer that nobody asked for.
        case unsolicited
        /// The caller closed.
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
    /// How many requests were enqueued.
    package private(set) var sentCount = 0
    /// How many answers came.
    package private(set) var answeredCount = 0
    /// When the latest answer was whole or, with nothing to wait for, the latest request was
    /// enqueued.
    ///
    /// Single bytes are no progress: a server could go on with those forever.
    package private(set) var lastProgress: ContinuousClock.Instant

    private var connection: CurlConnection?
    private let receive: (PipelinedConnection, Event) -> Void
    private let clock = ContinuousClock()
    private var parser = ResponseHeadParser()
    /// The requests without an answer, oldest first.
    private var waiting = Deque<RequestTag>()

    // TLS wants a write that could not be finished to be repeated with the same pointer and at
    // least the same length: so the bytes never move before all of them are sent.
    private let outgoing: UnsafeMutableRawBufferPointer
    private var outgoingStart = 0
    private var outgoingEnd = 0
    private let incoming: UnsafeMutableRawBufferPointer

    /// The bytes of requests that can be on their way to the kernel.
    private static let outgoingCapacity = 65_536
    /// What is read at once: some 130 answers.
    private static let incomingCapacity = 32_768

    /// The reads of one turn: some 2,000 answers.
    private static let readLimit = 16

    /// Begins to connect to the host of `url`; `receive` is called from within turns of the loop,
    /// and from within the methods below.
    ///
    /// `authorityFile` holds the certificates to trust instead of the system's. `address` is one of
    /// the host's, to which to connect; nil for any.
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

    /// The requests without an answer.
    package var inFlightCount: Int { waiting.count }

    /// Puts the bytes of a request behind those before; false where there is no room for them now.
    ///
    /// Nothing is sent before ``flush()``, so that many requests go out by one system call.
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
        sentCount += 1
        return true
    }

    /// Sends what the socket takes of the enqueued requests; the rest goes when there is room.
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
                // The answers that came before are worth having.
                readSome()
                return end(.cut(reason: reason))
            }
        }
    }

    /// Closes the connection and hands back what was not answered.
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

    /// Reads what is there, but no more than a server's share of a turn.
    private func readSome() {
        var readCount = 0
        while state == .open, let connection {
            // TLS may hold bytes that the socket no longer shows.
            guard readCount < Self.readLimit else { return connection.callAgain() }
            readCount += 1
            switch unsafe connection.receive(into: incoming) {
            case .moved(let count):
                take(count)
                // A plain socket that gave less than it could has no more; epoll tells when it has.
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
        let answeredBefore = answeredCount
        defer { if answeredCount > answeredBefore { lastProgress = clock.now } }
        while state == .open {
            let head: ResponseHead?
            do throws(ResponseHeadError) {
                head = try parser.next(in: bytes, from: &position)
            } catch {
                return end(.broken(error))
            }
            guard let head else { return }
            guard let tag = waiting.popFirst() else { return end(.unsolicited) }
            answeredCount += 1
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
