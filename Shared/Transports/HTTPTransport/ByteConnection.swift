/// A connection that carries bytes of any protocol in both directions.
@safe final class ByteConnection {
    enum Event {
        case opened
        case received(ArraySlice<UInt8>)
        /// No more comes; `reason` is nil where the other side closed in order.
        case closed(reason: String?, FailureKind)
    }

    private var connection: CurlConnection?
    private let receive: (Event) -> Void
    private var outgoing: [UInt8] = []
    private var sentCount = 0
    private var incoming = [UInt8](repeating: 0, count: 65_536)
    /// Whether bytes are taken; while they are not, the other side waits.
    var isReading = true {
        didSet { if isReading != oldValue { watch() } }
    }

    /// The reads of one turn: a fast server leaves others theirs.
    private static let readLimit = 4

    /// Begins to connect to `authority`, `host:port`; `receive` is called from turns of the loop
    /// and from ``send(_:)``, and never after ``close()``.
    init(
        loop: MultiLoop,
        authority: String,
        connectSeconds: Int,
        receive: @escaping (Event) -> Void
    ) throws(HTTPTransportError) {
        self.receive = receive
        // For libcurl any protocol will do that does not begin to talk by itself.
        connection = try CurlConnection(
            loop,
            to: .init(url: "http://\(authority)/", connectSeconds: connectSeconds)
        ) { [unowned self] failure in
            start(failure)
        }
    }

    /// The address of the other side; nil where a proxy stands between, and before
    /// ``Event/opened``.
    var peerAddress: String? {
        connection.flatMap { $0.isProxied ? nil : $0.peerAddress }
    }

    private var isOpen: Bool { connection?.state == .open }

    /// Sends `bytes` behind those before.
    func send(_ bytes: [UInt8]) {
        guard isOpen else { return }
        outgoing.append(contentsOf: bytes)
        flush()
    }

    func close() {
        connection?.close()
    }

    private func start(_ failure: CurlConnection.Failure?) {
        if let failure { return end(failure.reason, failure.kind) }
        connection?.own { [unowned self] isWritable in
            if isWritable { flush() }
            readSome()
        }
        watch()
        receive(.opened)
    }

    private func flush() {
        while isOpen, sentCount < outgoing.count {
            let movement = unsafe outgoing.withUnsafeBytes { bytes in
                unsafe connection?.send(.init(rebasing: bytes[sentCount...]))
            }
            switch movement {
            case .moved(let count): sentCount += count
            case .blocked, nil: return watch()
            case .ended: return end(nil)
            case .failed(let reason):
                // What came before is worth having.
                readSome()
                return end(reason)
            }
        }
        guard isOpen else { return }
        outgoing.removeAll(keepingCapacity: true)
        sentCount = 0
        watch()
    }

    private func watch() {
        guard isOpen else { return }
        connection?.watch(reading: isReading, writing: sentCount < outgoing.count)
    }

    private func readSome() {
        // What is left is told again by the next turn.
        for _ in 0..<Self.readLimit where isOpen && isReading {
            let movement = unsafe incoming.withUnsafeMutableBytes { buffer in
                unsafe connection?.receive(into: buffer)
            }
            switch movement {
            case .moved(let count):
                receive(.received(incoming[..<count]))
                // A socket that gave less than it could has no more; epoll tells when it has.
                if count < incoming.count { return }
            case .blocked, nil: return
            case .ended: return end(nil)
            case .failed(let reason): return end(reason)
            }
        }
    }

    private func end(_ reason: String?, _ kind: FailureKind = .closed) {
        guard let connection, connection.state != .closed else { return }
        connection.close()
        receive(.closed(reason: reason, kind))
    }
}
