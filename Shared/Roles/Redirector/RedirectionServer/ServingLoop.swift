import FunctionRuntime
import Glibc
import Linux
import Mirrors
import Redirection

/// One thread's connections: accepts them, gives each its turn, and ends those whose time is up.
///
/// A connection is read at once when it is accepted and answered at once when it is read; the
/// kernel is asked to watch it only when it stays open. A client that sends one request per
/// connection costs accept, receive, send and close.
final class ServingLoop {
    let epoll: Epoll
    let ticker: Ticker
    /// Rings when the patience of a request is over.
    let alarm: OneShotTimer
    let mailbox: LoopMailbox
    private let pages: PageQueue
    let supply: BlobSupply
    /// Where the lines of the request log go.
    private let logOutput: LogOutput?
    /// Hears of proxies that are not believed; nil where that is meant to be so.
    private let unbelieved: UnbelievedProxies?
    var state: LoopState
    var looks: LookSchedule

    /// Nil once nothing more is accepted.
    var listener: ListeningSocket?
    var isAccepting = true
    var isDraining = false
    var connections = ConnectionTable()
    var lastNumber: UInt64 = 0
    /// Those that had their turn and want another.
    private var unfinished: [Connection] = []
    /// Those whose requests wait for something.
    var holds = Holds()
    /// Since when what they wait for is on its way.
    var begun: [Awaited: Int64] = [:]
    /// When connections that are still open end in any case.
    var abortTime = Int64.max

    /// How many connections are accepted before those that exist have their turn.
    static let acceptsPerTurn = 64
    /// How long after a failure digests are asked for again, in seconds.
    static let detailsRetrySeconds: Int64 = 60
    var detailsMissingUntil = Int64.min

    /// `looks` says when storage was looked at; with one under way if requests are to wait for it.
    init(
        listener: ListeningSocket,
        mailbox: LoopMailbox,
        pages: PageQueue,
        supply: BlobSupply,
        looks: LookSchedule,
        logOutput: LogOutput?,
        unbelieved: UnbelievedProxies?,
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
        self.unbelieved = unbelieved
        state = LoopState(responder: responder, limits: limits)
        try epoll.watch(listener.descriptor, for: .readable)
        try epoll.watch(mailbox.descriptor, for: .readable)
        try epoll.watch(ticker.descriptor, for: .readable)
        try epoll.watch(alarm.descriptor, for: .readable)
    }

    /// Serves until the mailbox says to close and the last connection has ended.
    func run() {
        while listener != nil || connections.count > 0 {
            let count = epoll.wait(atMost: unfinished.isEmpty ? -1 : 0)
            state.readClock()
            if looks.isAfterPause(state.time.milliseconds) { state.responder.awaitsLook = true }
            takeUnfinishedTurns()
            for index in 0..<count {
                let event = epoll.event(at: index)
                switch event.descriptor {
                case mailbox.descriptor: readMail()
                case ticker.descriptor: tick()
                case alarm.descriptor: ring()
                case listener?.descriptor: accept()
                default:
                    guard let connection = connections[event.descriptor] else { continue }
                    settle(connection, connection.exchange.takeTurn(after: event, &state))
                }
            }
            if state.responder.wasAsked { lookAgainIfDue() }
            if let peer = state.responder.unbelievedPeer {
                state.responder.unbelievedPeer = nil
                unbelieved?.note(peer, at: state.time.milliseconds)
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

    private func takeUnfinishedTurns() {
        guard !unfinished.isEmpty else { return }
        let waiting = unfinished
        unfinished = []
        for connection in waiting where connections[connection.socket.descriptor] === connection {
            settle(connection, connection.exchange.takeTurn(&state))
        }
    }

    /// Acts on the outcome of a connection's turn.
    func settle(_ connection: Connection, _ turn: Exchange.Turn) {
        switch turn {
        case .rests:
            watch(connection)
        case .goesOn:
            watch(connection)
            unfinished.append(connection)
        case .isOver:
            close(connection)
        case .isOnHold(.page(let request)):
            watch(connection)
            let (mailbox, descriptor) = (mailbox, connection.socket.descriptor)
            let number = connection.number
            connection.page = pages.make(request, for: connection.exchange.address) { bytes in
                mailbox.post(.page(descriptor: descriptor, number: number, bytes: bytes))
            }
        case .isOnHold(.wait(for: let awaited, since: let since)):
            watch(connection)
            hold(connection, for: awaited, since: since)
        }
    }

    /// Has the kernel watch the socket for what the connection waits for.
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

    /// Ends a connection; with `isAborted`, in the middle of what it is at.
    func close(_ connection: Connection, isAborted: Bool = false) {
        connections.remove(connection)
        state.pendingByteCount -= connection.exchange.pendingByteCount
        if let page = connection.page { pages.cancel(page) }
        // What nobody takes would stay in the kernel for minutes.
        if isAborted || connection.exchange.isBehind {
            connection.socket.abort()
        } else {
            connection.socket.close()
        }
        state.responder.metrics.connectionClosed()
    }
}

/// A connection is watched for changes: whoever is told goes on until the kernel has nothing more
/// to give or to take.
extension Epoll.Events {
    /// Something came.
    fileprivate static let input: Self = [.readable, .endOfInput, .onChange]
    /// Something came, or there is room again for what is to go.
    fileprivate static let inputAndOutput: Self = [.input, .writable]
}
