import CCurl

/// A connection that libcurl makes and hands over to its owner (`CURLOPT_CONNECT_ONLY`).
///
/// libcurl handles names, IPv6, proxies and TLS; the owner sends and receives.
@safe package final class CurlConnection {
    package enum State: Hashable, Sendable {
        case connecting
        case open
        case closed
    }

    /// The result of sending or receiving.
    enum TransferResult {
        case moved(byteCount: Int)
        /// Nothing is possible until the socket is ready again.
        case blocked
        /// The other side closed the connection properly.
        case ended
        case failed(reason: String)
    }

    /// The connection could not be made.
    struct Failure: Error {
        /// Nil if it was closed as soon as it was made.
        let error: CurlError?
        let kind: FailureKind
        let reason: String
    }

    /// What to connect to, and how.
    struct Target {
        /// Only scheme, host and port matter; `http` makes a plain TCP connection.
        let url: String
        let connectSeconds: Int
        /// A file of certificates to trust instead of the system's.
        var authorityFile: String?
        /// One of the host's addresses; nil for any.
        var address: String?
    }

    private(set) var state = State.connecting
    let isTLS: Bool
    private let loop: MultiLoop
    private let handle: EasyHandle
    /// The address to connect to, which libcurl does not copy.
    private let route: HeaderList?
    private var socket: Int32 = -1

    /// Starts to connect in the next step of `loop`; `connected` is called once, in a later step.
    init(
        _ loop: MultiLoop,
        to target: Target,
        connected: @escaping (Failure?) -> Void
    ) throws(HTTPTransportError) {
        handle = try EasyHandle()
        route = target.address.map(HeaderList.init(connectTo:))
        isTLS = target.url.prefix(6).lowercased() == "https:"
        self.loop = loop
        handle.set(CURLOPT_URL, target.url)
        handle.set(CURLOPT_CONNECT_ONLY, 1)
        handle.set(CURLOPT_FRESH_CONNECT, 1)
        handle.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        // Through a proxy, only a tunnel reaches the server itself.
        handle.set(CURLOPT_HTTPPROXYTUNNEL, 1)
        handle.set(CURLOPT_PROTOCOLS_STR, "http,https")
        handle.set(CURLOPT_CONNECTTIMEOUT, target.connectSeconds)
        unsafe handle.set(CURLOPT_CONNECT_TO, route?.first)
        loop.adopt(handle, authorityFile: target.authorityFile)
        loop.route(handle, .ownHost) { WebURL(target.url) }
        if isTLS { handle.readTLSAhead() }
        handle.ended = { [unowned self] error in
            guard state == .connecting else { return }
            connected(finish(error))
        }
        loop.start(handle)
    }

    deinit {
        close()
    }

    private func finish(_ error: CurlError?) -> Failure? {
        if let error {
            let detail = handle.failureDetail
            return Failure(
                error: error,
                kind: handle.failureKind(error),
                reason: detail.isEmpty ? "\(error)" : detail
            )
        }
        socket = Int32(clamping: handle.socket)
        guard socket >= 0 else {
            return Failure(error: nil, kind: .closed, reason: "closed at once")
        }
        state = .open
        return nil
    }

    /// The address of the other side, or of the proxy in between.
    var peerAddress: String? { handle.peerAddress }

    /// Whether there is a proxy in between.
    var isProxied: Bool { handle.addressRule == .proxied }

    /// Calls `ready` from now on when there is something to receive, or, if watched for, room to
    /// send.
    func own(_ ready: @escaping (_ isWritable: Bool) -> Void) {
        loop.own(socket, ready)
    }

    func watch(reading: Bool, writing: Bool) {
        loop.watch(socket, reading: reading, writing: writing)
    }

    /// Calls the owner in the next step in any case: TLS may have bytes that the socket no longer
    /// reports.
    func callAgain() {
        loop.callAgain(socket)
    }

    /// Sends as much as there is room for.
    ///
    /// TLS requires that what was ``TransferResult/blocked`` be sent again from the same address
    /// and with at least the same length.
    func send(_ bytes: UnsafeRawBufferPointer) -> TransferResult {
        var count = 0
        let code = unsafe curl_easy_send(handle.pointer, bytes.baseAddress, bytes.count, &count)
        return Self.movement(code, count)
    }

    /// Receives what is available, up to the size of `buffer`.
    func receive(into buffer: UnsafeMutableRawBufferPointer) -> TransferResult {
        var count = 0
        let code = unsafe curl_easy_recv(handle.pointer, buffer.baseAddress, buffer.count, &count)
        return code == CURLE_OK && count == 0 ? .ended : Self.movement(code, count)
    }

    private static func movement(_ code: CURLcode, _ count: Int) -> TransferResult {
        switch code {
        case CURLE_OK: .moved(byteCount: count)
        case CURLE_AGAIN: .blocked
        default: .failed(reason: "\(CurlError(rawValue: code.rawValue))")
        }
    }

    func close() {
        guard state != .closed else { return }
        state = .closed
        if socket >= 0 { loop.disown(socket) }
        // This makes libcurl close the connection.
        loop.remove(handle)
    }
}
