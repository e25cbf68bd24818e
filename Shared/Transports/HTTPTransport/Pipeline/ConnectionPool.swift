import CCurl
import Linux

/// Connections of a ``MultiLoop`` that transfers may share: a "multi handle".
@safe final class ConnectionPool {
    private let multi: UnsafeMutableRawPointer
    private let sockets: SocketPoll
    private let clock = ContinuousClock()
    /// When libcurl wants to be called without an event; nil for never.
    private(set) var timerDue: ContinuousClock.Instant?

    /// `connectionLimit` is the maximum number of idle connections kept for later transfers.
    init(_ sockets: SocketPoll, connectionLimit: Int) throws(HTTPTransportError) {
        try Curl.start()
        guard let multi = unsafe curl_multi_init() else {
            throw .unusable(reason: "no multi handle (out of memory)")
        }
        unsafe self.multi = unsafe multi
        self.sockets = sockets
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe ccurl_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, context)
        unsafe ccurl_multi_set_pointer(multi, CURLMOPT_TIMERDATA, context)
        unsafe ccurl_multi_set_socket_function(multi, Self.socketChanged)
        unsafe ccurl_multi_set_timer_function(multi, Self.timerChanged)
        unsafe ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, connectionLimit)
        unsafe ccurl_multi_set_long(
            multi,
            CURLMOPT_MAX_CONCURRENT_STREAMS,
            MultiLoop.streamLimit
        )
    }

    deinit {
        unsafe curl_multi_cleanup(multi)
    }

    func add(_ handle: EasyHandle) {
        let code = unsafe curl_multi_add_handle(multi, handle.pointer)
        precondition(code == CURLM_OK, "libcurl refuses a transfer: \(code.rawValue)")
    }

    func remove(_ handle: EasyHandle) {
        _ = unsafe curl_multi_remove_handle(multi, handle.pointer)
    }

    func runTimer(_ now: ContinuousClock.Instant) {
        guard let due = timerDue, due <= now else { return }
        timerDue = nil
        act(on: CURL_SOCKET_TIMEOUT, 0)
    }

    /// Lets libcurl work on a socket; sockets of other pools are ignored.
    func act(on socket: curl_socket_t, _ ready: Int32) {
        var running: Int32 = 0
        _ = unsafe curl_multi_socket_action(multi, socket, ready, &running)
    }

    /// Calls ``EasyHandle/ended`` for each finished transfer; returns whether there were any.
    @discardableResult
    func takeEnded() -> Bool {
        var waiting: Int32 = 0
        var hasAny = false
        while let message = unsafe curl_multi_info_read(multi, &waiting) {
            guard unsafe message.pointee.msg == CURLMSG_DONE else { continue }
            var context: UnsafeMutableRawPointer?
            _ = unsafe ccurl_get_private(message.pointee.easy_handle, &context)
            let error = CurlError(unsafe ccurl_message_result(message))
            guard let context = unsafe context else { continue }
            let handle = unsafe Unmanaged<EasyHandle>.fromOpaque(context).takeUnretainedValue()
            handle.ended?(error)
            hasAny = true
        }
        return hasAny
    }

    /// libcurl wants other events for a socket, or none any more.
    private static let socketChanged: curl_socket_callback = { _, socket, what, context, known in
        guard let context = unsafe context else { return 0 }
        let pool = unsafe Unmanaged<ConnectionPool>.fromOpaque(context).takeUnretainedValue()
        switch what {
        case CURL_POLL_IN: pool.sockets.watch(socket, for: .readable)
        case CURL_POLL_OUT: pool.sockets.watch(socket, for: .writable)
        case CURL_POLL_INOUT: pool.sockets.watch(socket, for: [.readable, .writable])
        default: pool.sockets.watch(socket, for: [])
        }
        return 0
    }

    /// libcurl wants to be called after this many milliseconds; -1 means only for events.
    private static let timerChanged: curl_multi_timer_callback = { _, milliseconds, context in
        guard let context = unsafe context else { return 0 }
        let pool = unsafe Unmanaged<ConnectionPool>.fromOpaque(context).takeUnretainedValue()
        pool.timerDue = milliseconds < 0 ? nil : pool.clock.now + .milliseconds(milliseconds)
        return 0
    }
}
