import CCurl

/// A connection that libcurl makes and leaves to its owner (`CURLOPT_CONNECT_ONLY`).
///
/// Names, IPv6, proxies and TLS are libcurl's part; what is said is the owner's.
@safe package final class CurlConnection {
    package enum State: Hashable, Sendable {
        case connecting
        case open
        case closed
    }

    /// What came of a call to send or to receive.
    enum Movement {
        case moved(byteCount: Int)
        /// Nothing goes before the socket is ready again.
        case blocked
        /// The other side closed in order.
        case ended
        case failed(reason: String)
    }

    /// There was never a connection.
    struct Failure: Error {
        /// Nil where it was closed as soon as it was there.
        let error: CurlError?
        let kind: FailureKind
        let reason: String
    }

    /// Whom to connect to, and how.
    struct Target {
        /// Scheme, host and port count; `http` makes a connection of bare TCP.
        let url: String
        let connectSeconds: Int
        /// A file with the certificates to trust instead of the system's.
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

    /// Begins to connect, from a turn of `loop` on; `connected` is called once in a later one.
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
        // Through a proxy only a tunnel leads to the server itself.
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

    /// The address of the other side, or of the proxy between.
    var peerAddress: String? { handle.peerAddress }

    /// Whether a proxy stands between.
    var isProxied: Bool { handle.addressRule == .proxied }

    /// Has `ready` called from now on when there is something to receive, or room to send where
    /// that is watched for.
    func own(_ ready: @escaping (_ isWritable: Bool) -> Void) {
        loop.own(socket, ready)
    }

    func watch(reading: Bool, writing: Bool) {
        loop.watch(socket, reading: reading, writing: writing)
    }

    /// Has the owner called in the next turn whatever happens: TLS may hold bytes that the socket
    /// no longer shows.
    func callAgain() {
        loop.callAgain(socket)
    }

    /// Sends what there is room for.
    ///
    /// TLS wants what was ``Movement/blocked`` to be sent again from the same address and at least
    /// as long.
    func send(_ bytes: UnsafeRawBufferPointer) -> Movement {
        var count = 0
        let code = unsafe curl_easy_send(handle.pointer, bytes.baseAddress, bytes.count, &count)
        return Self.movement(code, count)
    }

    /// Receives what is there, as much as `buffer` holds.
    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Movement {
        var count = 0
        let code = unsafe curl_easy_recv(handle.pointer, buffer.baseAddress, buffer.count, &count)
        return code == CURLE_OK && count == 0 ? .ended : Self.movement(code, count)
    }

    private static func movement(_ code: CURLcode, _ count: Int) -> Movement {
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
        // libcurl closes the connection with this.
        loop.remove(handle)
    }
}
