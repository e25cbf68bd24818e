import FunctionRuntime
import Glibc
import Linux
import Mirrors
import Redirection

/// The connections of one thread: accepts them, serves each for a moment, and closes them at their
/// deadlines.
///
/// A connection is read as soon as it is accepted and answered as soon as it is read; it is added
/// to epoll only if it stays open. A client that sends one request per connection costs accept,
/// receive, send and close.
final class ServingLoop {
    let epoll: Epoll
    let ticker: Ticker
    /// Fires when the patience of a request is over.
    let alarm: OneShotTimer
    let mailbox: LoopMailbox
    private let pages: PageQueue
    let supply: BlobSupply
    /// The output of the request log.
    private let logOutput: LogOutput?
    /// Detects proxies that are not trusted; nil if that is intended.
    private let untrusted: UntrustedProxies?
    var state: LoopState
    var looks: LookSchedule

    /// Nil once nothing more is accepted.
    var listener: ListeningSocket?
    var isAccepting = true
    var isDraining = false
    var connections = ConnectionTable()
    var lastNumber: UInt64 = 0
    /// Connections that have more to do at once.
    private var unfinished: [Connection] = []
    /// Connections whose requests wait for something.
    var waitingRequests = WaitingRequests()
    /// When the loading of each awaited thing began.
    var loadingSince: [Awaited: Int64] = [:]
    /// When remaining connections are closed in any case.
    var abortTime = Int64.max

    /// The maximum number of accepted connections before existing ones are served.
    static let acceptsInARow = 64
    /// How long after a failure digests are requested again, in seconds.
    static let detailsRetrySeconds: Int64 = 60
    var detailsMissingUntil = Int64.min

    /// `looks` tells when storage was last looked at, and whether a look is in progress that
    /// requests should wait for.
    init(
        listener: ListeningSocket,
        mailbox: LoopMailbox,
        pages: PageQueue,
        supply: BlobSupply,
        looks: LookSchedule,
        logOutput: LogOutput?,
        untrusted: UntrustedProxies?,
        responder: consuming Responder,
        limits: ConnectionLimits
    ) throws(SystemError) {
        epoll = try Epoll()
        ticker = try Ticker()
        alarm = try OneShotTimer()
        self.listener = listener
        self.mailbox = mailbox
        self.pages = pages
        self.supply = supply
        self.looks = looks
        self.logOutput = logOutput
        self.untrusted = untrusted
        state = LoopState(responder: responder, limits: limits)
        try epoll.watch(listener.descriptor, for: .readable)
        try epoll.watch(mailbox.descriptor, for: .readable)
        try epoll.watch(ticker.descriptor, for: .readable)
        try epoll.watch(alarm.descriptor, for: .readable)
    }

    /// Serves until a message says to close and the last connection has ended.
    func run() {
        while listener != nil || connections.count > 0 {
            let count = epoll.wait(atMost: unfinished.isEmpty ? -1 : 0)
            state.readClock()
            if looks.isAfterPause(state.time.milliseconds) { state.responder.awaitsLook = true }
            continueUnfinished()
            for index in 0..<count {
                let event = epoll.event(at: index)
                switch event.descriptor {
                case mailbox.descriptor: readMail()
                case ticker.descriptor: tick()
                case alarm.descriptor: ring()
                case listener?.descriptor: accept()
                default:
                    guard let connection = connections[event.descriptor] else { continue }
                    settle(connection, connection.exchange.proceed(after: event, &state))
                }
            }
            if state.responder.wasAsked { lookAgainIfDue() }
            if let peer = state.responder.untrustedPeer {
                state.responder.untrustedPeer = nil
                untrusted?.note(peer, at: state.time.milliseconds)
            }
            if state.pendingByteCount > state.limits.totalPendingByteCount { shed() }
            writeLog()
        }
    }

    private func writeLog() {
        guard state.responder.log?.isEmpty == false, let lines = state.responder.log?.take() else {
            return
        }
        logOutput?.write(lines)
    }

    private func continueUnfinished() {
        guard !unfinished.isEmpty else { return }
        let waiting = unfinished
        unfinished = []
        for connection in waiting where connections[connection.socket.descriptor] === connection {
            settle(connection, connection.exchange.proceed(&state))
        }
    }

    /// Does what a connection needs next.
    func settle(_ connection: Connection, _ next: Exchange.Next) {
        switch next {
        case .rests:
            watch(connection)
        case .goesOn:
            watch(connection)
            unfinished.append(connection)
        case .isOver:
            close(connection)
        case .isWaiting(.page(let request)):
            watch(connection)
            let (mailbox, descriptor) = (mailbox, connection.socket.descriptor)
            let number = connection.number
            connection.page = pages.make(request, for: connection.exchange.address) { bytes in
                mailbox.post(.page(descriptor: descriptor, number: number, bytes: bytes))
            }
        case .isWaiting(.wait(for: let awaited, since: let since)):
            watch(connection)
            wait(connection, for: awaited, since: since)
        }
    }

    /// Watches the socket for the events that the connection waits for.
    func watch(_ connection: Connection) {
        let interest = connection.exchange.isBehind ? Epoll.Events.inputAndOutput : .input
        guard connection.interest != interest else { return }
        do throws(SystemError) {
            if connection.interest == nil {
                try epoll.watch(connection.socket.descriptor, for: interest)
            } else {
                try epoll.change(connection.socket.descriptor, to: interest)
            }
            connection.interest = interest
        } catch {
            Log.warning("connection given up", ["reason": error])
            close(connection)
        }
    }

    /// Closes a connection; with `isAborted`, even in the middle of an answer.
    func close(_ connection: Connection, isAborted: Bool = false) {
        connections.remove(connection)
        state.pendingByteCount -= connection.exchange.pendingByteCount
        if let page = connection.page { pages.cancel(page) }
        // Otherwise the kernel would keep untaken data for minutes.
        if isAborted || connection.exchange.isBehind {
            connection.socket.abort()
        } else {
            connection.socket.close()
        }
        state.responder.metrics.connectionClosed()
    }
}

/// Connections use edge-triggered events: each event is handled until the kernel has nothing more
/// to give or take.
extension Epoll.Events {
    /// Input arrived.
    fileprivate static let input: Self = [.readable, .endOfInput, .onChange]
    /// Input arrived, or there is room for output.
    fileprivate static let inputAndOutput: Self = [.input, .writable]
}
