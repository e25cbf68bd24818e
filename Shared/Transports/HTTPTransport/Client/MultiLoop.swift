import CCurl
import Glibc
import Linux

/// Many libcurl transfers in one thread, driven by epoll.
///
/// `curl_multi_socket_action` touches only the transfers whose sockets are ready, while
/// `curl_multi_perform` visits all of them; with hundreds of connections, the cost per transfer
/// then stays flat instead of growing.
///
/// Connections to redirect targets are kept apart from those to access points: libcurl would give a
/// transfer any open connection to the same host, even one that was made under a laxer
/// ``AddressRule``.
@safe package final class MultiLoop {
    private let sockets: SocketPoll
    private let sessions: TLSSessions
    /// Connections to access points.
    private let accessPointPool: ConnectionPool
    /// Connections to redirect targets.
    private let redirectPool: ConnectionPool
    /// Most mirrors do not redirect.
    private var usesRedirectPool = false
    private let clock = ContinuousClock()
    /// When the sockets were last checked while some had owners.
    private var gatheredAt = ContinuousClock.now
    /// Called when one of these sockets is ready, instead of libcurl.
    private var owners: [Int32: (_ isWritable: Bool) -> Void] = [:]
    /// The sockets whose owners are called in the next step in any case.
    private var eager: [Int32] = []

    /// The maximum number of requests sharing an HTTP/2 connection: servers allow 100 or 128 by
    /// default, and libcurl 7.88 was seen to hang with 1,000.
    package static let streamLimit = 100

    /// Whether transfers use a proxy.
    let proxies: ProxyEnvironment

    /// `connectionLimit` is the maximum number of idle connections kept for later transfers.
    package init(
        connectionLimit: Int,
        proxies: ProxyEnvironment = ProxyEnvironment()
    ) throws(HTTPTransportError) {
        self.proxies = proxies
        sockets = try SocketPoll()
        sessions = try TLSSessions()
        accessPointPool = try ConnectionPool(sockets, connectionLimit: connectionLimit)
        redirectPool = try ConnectionPool(sockets, connectionLimit: connectionLimit)
    }

    /// Adds `handle` to this loop: its sockets are adopted when opened and removed when closed, it
    /// shares TLS sessions with the others, and it connects only where its rule allows.
    ///
    /// `authorityFile` has the certificates to trust instead of the system's.
    func adopt(_ handle: EasyHandle, authorityFile: String? = nil) {
        handle.trust(authorityFile)
        handle.share(sessions)
        handle.judgeAddresses()
        // An empty name makes libcurl ignore the variables; NO_PROXY was evaluated already.
        handle.set(CURLOPT_PROXY, "")
        handle.set(CURLOPT_NOPROXY, "")
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

    /// Sets where the sockets of `handle` may lead: `rule`, or anywhere behind a proxy, because
    /// then no address can be judged.
    ///
    /// `url` returns the URL of the transfer; it is called only if there is a proxy.
    func route(_ handle: EasyHandle, _ rule: AddressRule, _ url: () -> WebURL?) {
        handle.addressRule = rule
        guard proxies.isUsed, let url = url() else { return }
        let proxy = proxies.proxy(for: url.scheme, url.host)
        handle.set(CURLOPT_PROXY, proxy ?? "")
        if proxy != nil { handle.addressRule = .proxied }
    }

    /// Starts the transfer that `handle` is set up for, over connections of its kind.
    func start(_ handle: EasyHandle) {
        let isForeign = handle.addressRule == .publicOnly
        if isForeign { usesRedirectPool = true }
        let pool = isForeign ? redirectPool : accessPointPool
        handle.pool = pool
        pool.add(handle)
    }

    /// Removes a transfer, finished or not.
    func remove(_ handle: EasyHandle) {
        handle.pool?.remove(handle)
        handle.pool = nil
    }

    /// Calls `ready` when the socket of a finished `CURLOPT_CONNECT_ONLY` transfer is ready.
    func own(_ socket: Int32, _ ready: @escaping (_ isWritable: Bool) -> Void) {
        owners[socket] = ready
        sockets.watch(socket, for: .readable)
    }

    /// Watches an owned socket for input and, if requested, for room to write.
    func watch(_ socket: Int32, reading: Bool, writing: Bool) {
        var events: SocketPoll.Events = []
        if reading { events.insert(.readable) }
        if writing { events.insert(.writable) }
        sockets.watch(socket, for: events)
    }

    /// Calls the owner of a socket in the next step in any case: TLS may have bytes that the socket
    /// no longer reports.
    func callAgain(_ socket: Int32) {
        eager.append(socket)
    }

    /// Returns a socket to libcurl.
    func disown(_ socket: Int32) {
        owners[socket] = nil
        sockets.watch(socket, for: [])
    }

    /// Waits at most `longest` until sockets are ready or a timer is due, lets libcurl work, and
    /// calls ``EasyHandle/ended`` for each finished transfer.
    package func step(atMost longest: Duration) {
        // Transfers that were just started are due at once: send them before waiting.
        if let timerDue, timerDue <= clock.now { runTimers() }
        var patience = longest
        if let timerDue { patience = min(longest, max(.zero, timerDue - clock.now)) }
        // A server on this machine may have answered already, and then no socket becomes ready any
        // more.
        let hasEnded = accessPointPool.takeEnded()
        if redirectPool.takeEnded() || hasEnded { patience = .zero }
        let eager = eager
        self.eager.removeAll(keepingCapacity: true)
        if !eager.isEmpty { patience = .zero }
        for socket in eager { owners[socket]?(false) }
        if !owners.isEmpty { gather(atMost: patience) }
        var firstAt: ContinuousClock.Instant?
        sockets.wait(atMost: patience) { socket, events in
            // The next wait reports what is left, before anything that was served now.
            let now = clock.now
            guard now - (firstAt ?? now) < Self.longestStep else { return }
            firstAt = firstAt ?? now
            if let ready = owners[socket] { return ready(events.contains(.writable)) }
            var ready: Int32 = 0
            if events.contains(.readable) { ready |= CURL_CSELECT_IN }
            if events.contains(.writable) { ready |= CURL_CSELECT_OUT }
            if !events.isDisjoint(with: .gone) { ready |= CURL_CSELECT_ERR }
            accessPointPool.act(on: socket, ready)
            if usesRedirectPool { redirectPool.act(on: socket, ready) }
        }
        if timerDue != nil { runTimers() }
        accessPointPool.takeEnded()
        redirectPool.takeEnded()
    }

    private var timerDue: ContinuousClock.Instant? {
        guard let first = accessPointPool.timerDue else { return redirectPool.timerDue }
        return redirectPool.timerDue.map { min(first, $0) } ?? first
    }

    private func runTimers() {
        let now = clock.now
        accessPointPool.runTimer(now)
        redirectPool.runTimer(now)
    }

    /// Lets some packets accumulate if owned sockets were checked a moment ago.
    ///
    /// Their traffic is pipelined, so that a millisecond is nothing compared with the round trip,
    /// while a wake-up for each packet is expensive.
    private func gather(atMost patience: Duration) {
        let rest = min(Self.gatheringTime - (clock.now - gatheredAt), patience)
        if rest > .zero {
            usleep(UInt32(clamping: rest.components.attoseconds / 1_000_000_000_000))
        }
        gatheredAt = clock.now
    }

    /// How long sockets are served in one step, however much their servers send.
    private static let longestStep = Duration.milliseconds(20)

    /// Measured with nginx 20 ms away and 1,024 requests in flight: 6.4 µs of CPU per HEAD instead
    /// of 7.8, over TLS 9.0 instead of 12.3, in the same time; twice the wait brings no more.
    private static let gatheringTime = Duration.milliseconds(1)
}
