import CCurl
import Linux

/// A connection that carries bytes of any protocol, made by libcurl (`CURLOPT_CONNECT_ONLY`).
///
/// Names, IPv6 and proxies are libcurl's part; what is said is the caller's.
@safe final class ByteConnection {
    enum Event {
        case opened
        case received(ArraySlice<UInt8>)
        /// No more comes; `reason` is nil where the other side closed in order.
        case closed(reason: String?)
    }

    private enum State {
        case connecting
        case open
        case closed
    }

    private let loop: MultiLoop
    private let handle: EasyHandle
    private let receive: (Event) -> Void
    private var state = State.connecting
    private var socket: Int32 = -1
    private var outgoing: [UInt8] = []
    private var sentCount = 0
    private var incoming = [UInt8](repeating: 0, count: 65_536)
    /// Whether bytes are taken; while they are not, the other side waits.
    var isReading = true {
        didSet { if state == .open, isReading != oldValue { watch() } }
    }

    /// The reads of one turn: a fast server leaves others theirs.
    private static let readLimit = 4

    /// Begins to connect to `authority`, `host:port`; `receive` is called from turns of the loop and
    /// from ``send(_:)``, and never after ``close()``.
    init(
        loop: MultiLoop,
        authority: String,
        connectSeconds: Int,
        receive: @escaping (Event) -> Void
    ) throws(HTTPTransportError) {
        handle = try EasyHandle()
        self.loop = loop
        self.receive = receive
        // For libcurl any protocol will do that does not begin to talk by itself.
        handle.set(CURLOPT_URL, "http://\(authority)/")
        handle.set(CURLOPT_CONNECT_ONLY, 1)
        handle.set(CURLOPT_FRESH_CONNECT, 1)
        handle.set(CURLOPT_HTTPPROXYTUNNEL, 1)
        handle.set(CURLOPT_CONNECTTIMEOUT, connectSeconds)
        loop.adopt(handle)
        loop.route(handle, .ownHost) { WebURL("http://\(authority)/") }
        handle.ended = { [unowned self] error in finishConnecting(error) }
        loop.start(handle)
    }

    deinit {
        close()
    }

    /// The address of the other side; nil where a proxy stands between, and before ``Event/opened``.
    var peerAddress: String? { handle.addressRule == .proxied ? nil : handle.peerAddress }

    /// Sends `bytes` behind those before.
    func send(_ bytes: [UInt8]) {
        guard state == .open else { return }
        outgoing.append(contentsOf: bytes)
        flush()
    }

    func close() {
        guard state != .closed else { return }
        state = .closed
        if socket >= 0 { loop.disown(socket) }
        // libcurl closes the connection with this.
        loop.remove(handle)
    }

    private func finishConnecting(_ error: CurlError?) {
        guard state == .connecting else { return }
        if let error {
            let detail = handle.failureDetail
            return end(detail.isEmpty ? "\(error)" : detail)
        }
        socket = Int32(clamping: handle.socket)
        guard socket >= 0 else { return end("closed at once") }
        state = .open
        loop.own(socket) { [unowned self] isWritable in
            if isWritable { flush() }
            readSome()
        }
        watch()
        receive(.opened)
    }

    private func flush() {
        while state == .open, sentCount < outgoing.count {
            var count = 0
            let code = unsafe outgoing.withUnsafeBytes { bytes in
                unsafe curl_easy_send(
                    handle.pointer,
                    bytes.baseAddress.map { unsafe $0 + sentCount },
                    bytes.count - sentCount,
                    &count
                )
            }
            if code == CURLE_AGAIN { return watch() }
            guard code == CURLE_OK else {
                // What came before is worth having.
                readSome()
                return end("\(CurlError(rawValue: code.rawValue))")
            }
            sentCount += count
        }
        guard state == .open else { return }
        outgoing.removeAll(keepingCapacity: true)
        sentCount = 0
        watch()
    }

    private func watch() {
        loop.watch(socket, reading: isReading, writing: sentCount < outgoing.count)
    }

    private func readSome() {
        // What is left is told again by the next turn.
        for _ in 0..<Self.readLimit where state == .open && isReading {
            var count = 0
            let code = unsafe incoming.withUnsafeMutableBytes { bytes in
                unsafe curl_easy_recv(handle.pointer, bytes.baseAddress, bytes.count, &count)
            }
            if code == CURLE_AGAIN { return }
            guard code == CURLE_OK else { return end("\(CurlError(rawValue: code.rawValue))") }
            guard count > 0 else { return end(nil) }
            receive(.received(incoming[..<count]))
            // A socket that gave less than it could has no more; epoll tells when it has.
            if count < incoming.count { return }
        }
    }

    private func end(_ reason: String?) {
        guard state != .closed else { return }
        close()
        receive(.closed(reason: reason))
    }
}
