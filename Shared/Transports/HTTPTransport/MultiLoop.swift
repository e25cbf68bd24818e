import CCurl
import Glibc

/// Many libcurl transfers in one thread: a "multi handle" driven by epoll.
///
/// `curl_multi_socket_action` touches only the transfers whose sockets are ready, where
/// `curl_multi_perform` walks over all of them; with hundreds of connections that is the difference
/// between a flat and a growing cost per transfer.
@safe package final class MultiLoop {
    private let multi: UnsafeMutableRawPointer
    private let sockets: SocketPoll
    private let sessions: TLSSessions
    /// When libcurl wants to be called without an event; nil for never.
    private var timerDue: ContinuousClock.Instant?
    private let clock = ContinuousClock()
    /// When the sockets were looked at last while some had owners.
    private var lookedAt = ContinuousClock.now
    /// What is called when one of these sockets is ready, instead of libcurl.
    private var owners: [Int32: (_ isWritable: Bool) -> Void] = [:]

    /// How many requests share an HTTP/2 connection at most: servers allow 100 or 128 by default, and
    /// libcurl 7.88 was seen to hang with 1,000.
    package static let streamLimit = 100

    /// `connectionLimit` is the number of idle connections that are kept for later transfers.
    package init(connectionLimit: Int) throws(HTTPTransportError) {
        try Curl.start()
        sockets = try SocketPoll()
        sessions = try TLSSessions()
        guard let multi = unsafe curl_multi_init() else {
            throw .unusable(reason: "no multi handle (out of memory)")
        }
        unsafe self.multi = unsafe multi
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe ccurl_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, context)
        unsafe ccurl_multi_set_pointer(multi, CURLMOPT_TIMERDATA, context)
        unsafe ccurl_multi_set_socket_function(multi, Self.socketChanged)
        unsafe ccurl_multi_set_timer_function(multi, Self.timerChanged)
        unsafe ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, connectionLimit)
        unsafe ccurl_multi_set_long(multi, CURLMOPT_MAX_CONCURRENT_STREAMS, Self.streamLimit)
    }

    deinit {
        unsafe curl_multi_cleanup(multi)
    }

    /// Makes `handle` one of this loop: its sockets are adopted when they are opened and taken out when
    /// they are closed, and it shares TLS sessions with the others.
    ///
    /// `authorityFile` holds the certificates to trust instead of the system's.
    func adopt(_ handle: EasyHandle, authorityFile: String? = nil) {
        handle.trust(authorityFile)
        handle.share(sessions)
        let context = unsafe UnsafeRawPointer(Unmanaged.passUnretained(sockets).toOpaque())
        unsafe handle.set(CURLOPT_SOCKOPTDATA, context)
        unsafe handle.set(CURLOPT_CLOSESOCKETDATA, context)
        unsafe handle.setSocketFunctions { context, socket, _ in
            if let context = unsafe context {
                unsafe Unmanaged<SocketPoll>.fromOpaque(context).takeUnretainedValue().adopt(socket)
            }
            return CURL_SOCKOPT_OK
        } close: { context, socket in
            if let context = unsafe context {
                unsafe Unmanaged<SocketPoll>.fromOpaque(context).takeUnretainedValue().forget(
                    socket
                )
            }
            return Glibc.close(socket)
        }
    }

    /// Starts the transfer that `handle` is set up for.
    func start(_ handle: EasyHandle) {
        let code = unsafe curl_multi_add_handle(multi, handle.pointer)
        precondition(code == CURLM_OK, "libcurl refuses a transfer: \(code.rawValue)")
    }

    /// Takes a transfer out, finished or not.
    func remove(_ handle: EasyHandle) {
        _ = unsafe curl_multi_remove_handle(multi, handle.pointer)
    }

    /// Has `ready` called when the socket of a finished `CURLOPT_CONNECT_ONLY` transfer is ready.
    func own(_ socket: Int32, _ ready: @escaping (_ isWritable: Bool) -> Void) {
        owners[socket] = ready
        sockets.watch(socket, for: .readable)
    }

    /// Has an owned socket watched for room to write too, or no longer.
    func watchWriting(_ socket: Int32, _ isWanted: Bool) {
        sockets.watch(socket, for: isWanted ? [.readable, .writable] : .readable)
    }

    /// Leaves a socket to libcurl again.
    func disown(_ socket: Int32) {
        owners[socket] = nil
        sockets.watch(socket, for: [])
    }

    /// Waits for at most `longest` until sockets are ready or a timer is due, lets libcurl work, and
    /// has ``EasyHandle/ended`` called for each transfer that has ended.
    package func turn(atMost longest: Duration) {
        var patience = longest
        if let timerDue {
            let now = clock.now
            patience = min(patience, timerDue - now)
            // Transfers that were just started are due at once: they go out before the wait.
            if patience <= .zero { runTimer(now) }
            if let timerDue = self.timerDue { patience = min(longest, max(.zero, timerDue - now)) }
        }
        if !owners.isEmpty { gather(atMost: patience) }
        sockets.wait(atMost: patience) { socket, events in
            if let ready = owners[socket] { return ready(events.contains(.writable)) }
            var ready: Int32 = 0
            if events.contains(.readable) { ready |= CURL_CSELECT_IN }
            if events.contains(.writable) { ready |= CURL_CSELECT_OUT }
            if !events.isDisjoint(with: .failed) { ready |= CURL_CSELECT_ERR }
            act(on: socket, ready)
        }
        if timerDue != nil { runTimer(clock.now) }
        takeEnded()
    }

    /// Lets some packets come together where owned sockets were looked at a moment ago.
    ///
    /// What these carry is pipelined, so that a millisecond more is nothing beside the round trip that
    /// it is waited for anyway; one wake-up for each packet is dear.
    private func gather(atMost patience: Duration) {
        let rest = min(Self.gatheringTime - (clock.now - lookedAt), patience)
        if rest > .zero {
            usleep(UInt32(clamping: rest.components.attoseconds / 1_000_000_000_000))
        }
        lookedAt = clock.now
    }

    /// Measured against nginx 20 ms away, 1,024 requests under way: 6.4 µs of CPU per HEAD instead of
    /// 7.8, by TLS 9.0 instead of 12.3, in the same time; twice as long brings no more.
    private static let gatheringTime = Duration.milliseconds(1)

    private func runTimer(_ now: ContinuousClock.Instant) {
        guard let due = timerDue, due <= now else { return }
        timerDue = nil
        act(on: CURL_SOCKET_TIMEOUT, 0)
    }

    private func takeEnded() {
        var waiting: Int32 = 0
        while let message = unsafe curl_multi_info_read(multi, &waiting) {
            guard unsafe message.pointee.msg == CURLMSG_DONE else { continue }
            var context: UnsafeMutableRawPointer?
            _ = unsafe ccurl_get_private(message.pointee.easy_handle, &context)
            let error = CurlError(unsafe ccurl_message_result(message))
            guard let context = unsafe context else { continue }
            let handle = unsafe Unmanaged<EasyHandle>.fromOpaque(context).takeUnretainedValue()
            handle.ended?(error)
        }
    }

    private func act(on socket: curl_socket_t, _ ready: Int32) {
        var running: Int32 = 0
        _ = unsafe curl_multi_socket_action(multi, socket, ready, &running)
    }

    /// libcurl wants other events of a socket, or none any more.
    private static let socketChanged: curl_socket_callback = { _, socket, what, context, known in
        guard let context = unsafe context else { return 0 }
        let loop = unsafe Unmanaged<MultiLoop>.fromOpaque(context).takeUnretainedValue()
        switch what {
        case CURL_POLL_IN: loop.sockets.watch(socket, for: .readable)
        case CURL_POLL_OUT: loop.sockets.watch(socket, for: .writable)
        case CURL_POLL_INOUT: loop.sockets.watch(socket, for: [.readable, .writable])
        default: loop.sockets.watch(socket, for: [])
        }
        return 0
    }

    /// libcurl wants to be called after so many milliseconds, or, for -1, only for events.
    private static let timerChanged: curl_multi_timer_callback = { _, milliseconds, context in
        guard let context = unsafe context else { return 0 }
        let loop = unsafe Unmanaged<MultiLoop>.fromOpaque(context).takeUnretainedValue()
        loop.timerDue = milliseconds < 0 ? nil : loop.clock.now + .milliseconds(milliseconds)
        return 0
    }
}
