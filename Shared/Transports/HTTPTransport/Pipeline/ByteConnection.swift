/// A connection that carries the bytes of any protocol in both directions.
@safe final class ByteConnection {
    enum Event {
        case opened
        case received(ArraySlice<UInt8>)
        /// The connection has ended; `reason` is nil if the other side closed it properly.
        case closed(reason: String?, FailureKind)
    }

    private var connection: CurlConnection?
    private let receive: (Event) -> Void
    private var outgoing: [UInt8] = []
    private var sentCount = 0
    private var incoming = [UInt8](repeating: 0, count: 65_536)
    /// Whether to receive bytes; otherwise the other side has to wait.
    var isReading = true {
        didSet { if isReading != oldValue { watch() } }
    }

    /// The maximum number of reads in one step, so that a fast server leaves time for others.
    private static let readLimit = 4

    /// Starts to connect to `authority`, `host:port`; `receive` is called from steps of the loop
    /// and from ``send(_:)``, but never after ``close()``.
    init(
        loop: MultiLoop,
        authority: String,
        connectSeconds: Int,
        receive: @escaping (Event) -> Void
    ) throws(HTTPTransportError) {
        self.receive = receive
        // For libcurl, any protocol will do in which the client does not speak first by itself.
        connection = try CurlConnection(
            loop,
            to: .init(url: "http://\(authority)/", connectSeconds: connectSeconds)
        ) { [unowned self] failure in
            start(failure)
        }
    }

    /// The address of the other side; nil behind a proxy, and before ``Event/opened``.
    var peerAddress: String? {
        connection.flatMap { $0.isProxied ? nil : $0.peerAddress }
    }

    private var isOpen: Bool { connection?.state == .open }

    /// Sends `bytes` after earlier ones.
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
                // The bytes received before still count.
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
        // The next step reports what is left.
        for _ in 0..<Self.readLimit where isOpen && isReading {
            let movement = unsafe incoming.withUnsafeMutableBytes { buffer in
                unsafe connection?.receive(into: buffer)
            }
            switch movement {
            case .moved(let count):
                receive(.received(incoming[..<count]))
                // A short read has emptied the socket; epoll will report more.
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
