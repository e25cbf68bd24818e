import FunctionRuntime
import Glibc
import Redirection

/// One thread's connections: accepts them, gives each its turn, and ends those whose time is up.
///
/// A connection is read at once when it is accepted and answered at once when it is read; the kernel
/// is asked to watch it only when it stays open. A client that sends one request per connection costs
/// accept, receive, send and close.
final class ServingLoop {
    private let epoll: Epoll
    private let ticker: Ticker
    private let mailbox: LoopMailbox
    private let deferredAnswers: DeferredAnswers
    /// Where the lines of the request log go.
    private let logOutput: LogOutput?
    private var state: LoopState

    /// Nil once nothing more is accepted.
    private var listener: ListeningSocket?
    private var isAccepting = true
    private var isDraining = false
    /// The open connections at the places of their descriptors, which are small numbers.
    private var connections: [Connection?] = []
    private var connectionCount = 0
    private var lastNumber: UInt64 = 0
    /// Those that had their turn and want another.
    private var unfinished: [Connection] = []
    /// When connections that are still open end in any case.
    private var abortTime = Int64.max

    /// How many connections are accepted before those that exist have their turn.
    private static let acceptsPerTurn = 64

    init(
        listener: ListeningSocket,
        mailbox: LoopMailbox,
        deferredAnswers: DeferredAnswers,
        logOutput: LogOutput?,
        responder: consuming Responder,
        limits: ConnectionLimits
    ) throws(SystemError) {
        epoll = try Epoll()
        ticker = try Ticker()
        self.listener = listener
        self.mailbox = mailbox
        self.deferredAnswers = deferredAnswers
        self.logOutput = logOutput
        state = LoopState(responder: responder, limits: limits)
        try epoll.watch(listener.descriptor, for: .level)
        try epoll.watch(mailbox.descriptor, for: .level)
        try epoll.watch(ticker.descriptor, for: .level)
    }

    /// Serves until the mailbox says to close and the last connection has ended.
    func run() {
        while listener != nil || connectionCount > 0 {
            let count = epoll.wait(isBlocking: unfinished.isEmpty)
            state.readClock()
            takeUnfinishedTurns()
            for index in 0..<count {
                let event = epoll.event(at: index)
                switch event.descriptor {
                case mailbox.descriptor: readMail()
                case ticker.descriptor: tick()
                case listener?.descriptor: accept()
                default:
                    guard let connection = connection(at: event.descriptor) else { continue }
                    settle(connection, connection.exchange.takeTurn(after: event, &state))
                }
            }
            writeLog()
        }
    }

    private func writeLog() {
        guard state.responder.log?.isEmpty == false, let lines = state.responder.log?.take() else {
            return
        }
        logOutput?.write(lines)
    }

    private func connection(at descriptor: Int32) -> Connection? {
        let place = Int(descriptor)
        return connections.indices.contains(place) ? connections[place] : nil
    }

    private func takeUnfinishedTurns() {
        guard !unfinished.isEmpty else { return }
        let waiting = unfinished
        unfinished = []
        for connection in waiting
        where self.connection(at: connection.socket.descriptor) === connection {
            settle(connection, connection.exchange.takeTurn(&state))
        }
    }

    /// Does what a connection's turn came to.
    private func settle(_ connection: Connection, _ turn: Exchange.Turn) {
        switch turn {
        case .waits:
            watch(connection)
        case .goesOn:
            watch(connection)
            unfinished.append(connection)
        case .isOver:
            close(connection)
        case .defers(let answer):
            watch(connection)
            let (mailbox, descriptor) = (mailbox, connection.socket.descriptor)
            let number = connection.number
            deferredAnswers.make(answer) { bytes in
                mailbox.post(.answer(descriptor: descriptor, number: number, bytes: bytes))
            }
        }
    }

    /// Has the kernel watch the socket for what the connection waits for.
    private func watch(_ connection: Connection) {
        let interest = connection.exchange.isBehind ? Epoll.Interest.inputAndOutput : .input
        guard connection.interest != interest else { return }
        do throws(SystemError) {
            if connection.interest == nil {
                try epoll.watch(connection.socket.descriptor, for: interest)
            } else {
                try epoll.change(connection.socket.descriptor, to: interest)
            }
            connection.interest = interest
        } catch {
            Log.warning("a connection is given up", ["reason": error])
            close(connection)
        }
    }

    private func close(_ connection: Connection) {
        connections[Int(connection.socket.descriptor)] = nil
        connectionCount -= 1
        connection.socket.close()
        state.responder.metrics.connectionClosed()
    }
}

// MARK: - Accepting

extension ServingLoop {
    private func accept() {
        guard let listener else { return }
        for _ in 0..<Self.acceptsPerTurn {
            switch listener.accept() {
            case .nothing: return
            case .noDescriptor:
                // The next tick tries again if there is none to be had.
                guard closeOldestIdle() else { return pauseAccepting() }
            case .connection(let socket, let peer):
                let connection = add(socket, peer)
                // While all others are at a request, the one that goes is the new one.
                if connectionCount > state.limits.connectionCount { closeOldestIdle() }
                guard self.connection(at: socket.descriptor) === connection else { continue }
                settle(connection, connection.exchange.takeTurn(&state))
            }
        }
    }

    private func add(_ socket: StreamSocket, _ peer: IPAddress?) -> Connection {
        lastNumber += 1
        let connection = Connection(
            socket,
            number: lastNumber,
            peer: peer,
            deadline: state.time.milliseconds &+ state.limits.idle
        )
        let place = Int(socket.descriptor)
        while connections.count <= place { connections.append(nil) }
        connections[place] = connection
        connectionCount += 1
        ticker.start()
        state.responder.metrics.connectionOpened()
        return connection
    }

    /// Makes room for a new connection at the cost of the one that has been idle for longest; false
    /// when none is idle.
    @discardableResult
    private func closeOldestIdle() -> Bool {
        var oldest: Connection?
        for case let connection? in connections where connection.isIdle {
            // Within one tick of the clock, the one that came first.
            if let other = oldest,
                (other.deadline, other.number) < (connection.deadline, connection.number)
            {
                continue
            }
            oldest = connection
        }
        guard let oldest else { return false }
        close(oldest)
        return true
    }

    /// Lets new connections wait in the kernel until one of these has ended.
    private func pauseAccepting() {
        guard isAccepting, let listener else { return }
        isAccepting = false
        epoll.ignore(listener.descriptor)
        ticker.start()
        Log.warning("no room for more connections", ["open": connectionCount])
    }

    private func resumeAccepting() {
        guard !isAccepting, let listener else { return }
        isAccepting = (try? epoll.watch(listener.descriptor, for: .level)) != nil
    }
}

// MARK: - By the clock and by message

extension ServingLoop {
    /// Ends the connections whose time is up.
    ///
    /// Once a second over all of them: a timer for each would cost every request more than this look
    /// costs in all.
    private func tick() {
        ticker.clear()
        resumeAccepting()
        let now = state.time.milliseconds
        let isAborting = now >= abortTime
        for case let connection? in connections where isAborting || connection.deadline <= now {
            settle(connection, isAborting ? .isOver : connection.exchange.timeIsUp(&state))
        }
        if connectionCount == 0, isAccepting { ticker.stop() }
    }

    private func readMail() {
        for message in mailbox.take() {
            switch message {
            case .snapshot(let snapshot): state.responder.snapshot = snapshot
            case .regionSnapshots(let snapshots): state.responder.regionSnapshots = snapshots
            case .looked: state.responder.isReady = !isDraining
            case .drain:
                isDraining = true
                state.responder.isReady = false
            case .close: beginToClose()
            case .answer(let descriptor, let number, let bytes):
                // The client may have gone, and another one come under its descriptor.
                guard let connection = connection(at: descriptor), connection.number == number
                else { continue }
                settle(connection, connection.exchange.resume(with: bytes, &state))
            }
        }
    }

    /// Takes those that have been waiting to be accepted, then no more; ends every connection that is
    /// idle, and the others after their answer.
    private func beginToClose() {
        accept()
        listener = nil
        state.isClosing = true
        abortTime = state.time.milliseconds &+ state.limits.shutdown
        ticker.start()
        for case let connection? in connections where connection.isIdle { close(connection) }
    }
}
