import FunctionRuntime
import Glibc
import Linux
import Redirection

/// One thread's connections: accepts them, gives each its turn, and ends those whose time is up.
///
/// A connection is read at once when it is accepted and answered at once when it is read; the kernel
/// is asked to watch it only when it stays open. A client that sends one request per connection costs
/// accept, receive, send and close.
final class ServingLoop {
    private let epoll: Epoll
    private let ticker: Ticker
    /// Rings when the patience of a request is over.
    private let alarm: OneShotTimer
    private let mailbox: LoopMailbox
    private let pages: PageQueue
    private let supply: BlobSupply
    /// Where the lines of the request log go.
    private let logOutput: LogOutput?
    /// Hears of proxies that are not believed; nil where that is meant to be so.
    private let unbelieved: UnbelievedProxies?
    private var state: LoopState
    private var looks: LookSchedule

    /// Nil once nothing more is accepted.
    private var listener: ListeningSocket?
    private var isAccepting = true
    private var isDraining = false
    private var connections = ConnectionTable()
    private var lastNumber: UInt64 = 0
    /// Those that had their turn and want another.
    private var unfinished: [Connection] = []
    /// Those whose requests wait for something.
    private var holds = Holds()
    /// Since when what they wait for is on its way.
    private var begun: [Awaited: Int64] = [:]
    /// When connections that are still open end in any case.
    private var abortTime = Int64.max

    /// How many connections are accepted before those that exist have their turn.
    private static let acceptsPerTurn = 64
    /// How long after a failure digests are asked for again, in seconds.
    private static let detailsRetrySeconds: Int64 = 60
    private var detailsMissingUntil = Int64.min

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

    /// Does what a connection's turn came to.
    private func settle(_ connection: Connection, _ turn: Exchange.Turn) {
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
    private func watch(_ connection: Connection) {
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
            Log.warning("a connection is given up", ["reason": error])
            close(connection)
        }
    }

    /// Ends a connection; with `isAborted`, in the middle of what it is at.
    private func close(_ connection: Connection, isAborted: Bool = false) {
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

// MARK: - Accepting

extension ServingLoop {
    private func accept(atMost limit: Int = acceptsPerTurn) {
        guard let listener else { return }
        for _ in 0..<limit {
            switch listener.accept() {
            case .nothing: return
            case .noDescriptor:
                // The next tick tries again if there is none to be had.
                guard closeLongestInactive() else { return pauseAccepting() }
            case .connection(let socket, let peer):
                guard let connection = add(socket, peer) else { continue }
                settle(connection, connection.exchange.takeTurn(&state))
            }
        }
    }

    /// Takes a connection up, at the cost of another one where there are too many; nil when there is no
    /// room.
    private func add(_ socket: StreamSocket, _ peer: IPAddress?) -> Connection? {
        let network = peer.flatMap { address in
            state.responder.settings.trustedProxies.contains(address) ? nil : address.clientNetwork
        }
        var hasRoom = true
        if let network, connections.count(of: network) >= state.limits.networkConnectionCount {
            hasRoom = closeLongestInactive(of: network)
        } else if connections.count >= state.limits.connectionCount {
            hasRoom = closeLongestInactive()
        }
        guard hasRoom else {
            socket.close()
            return nil
        }
        lastNumber += 1
        let connection = Connection(
            socket,
            number: lastNumber,
            peer: peer,
            network: network,
            time: state.time.milliseconds,
            deadline: state.time.milliseconds &+ state.limits.idle
        )
        connections.add(connection)
        ticker.start()
        state.responder.metrics.connectionOpened()
        return connection
    }

    /// Makes room for a new connection; false when all others wait for answers of ours.
    private func closeLongestInactive(of network: IPAddress? = nil) -> Bool {
        guard let victim = connections.longestInactive(of: network) else { return false }
        victim.exchange.askKernel(&state)
        close(victim, isAborted: victim.exchange.hasUntaken)
        return true
    }

    /// Lets new connections wait in the kernel until one of these has ended.
    private func pauseAccepting() {
        guard isAccepting, let listener else { return }
        isAccepting = false
        epoll.ignore(listener.descriptor)
        ticker.start()
        Log.warning("no room for more connections", ["open": connections.count])
    }

    private func resumeAccepting() {
        guard !isAccepting, let listener else { return }
        isAccepting = (try? epoll.watch(listener.descriptor, for: .readable)) != nil
    }

    /// Ends connections until what waits on the others is well within the limit: those first that
    /// have moved nothing for longest.
    ///
    /// Most of what counts as waiting has long been taken, which only the kernel knows; to ask it costs a
    /// system call for each connection, and is done when the limit is met.
    private func shed() {
        let candidates = connections.all.filter { $0.exchange.pendingByteCount > 0 }
        for connection in candidates where connection.exchange.hasUntaken {
            connection.exchange.askKernel(&state)
        }
        let goal = state.limits.totalPendingByteCount / 4 * 3
        guard state.pendingByteCount > state.limits.totalPendingByteCount else { return }
        var shedCount = 0
        for connection in candidates.sorted(by: { $0.activeAt < $1.activeAt })
        where connection.exchange.pendingByteCount > 0 {
            guard state.pendingByteCount > goal else { break }
            close(connection, isAborted: true)
            shedCount += 1
        }
        Log.warning("clients that do not read are dropped", ["connections": shedCount])
    }
}

// MARK: - What requests wait for

extension ServingLoop {
    /// A path or a page was asked for: notes that, and has storage looked at if it is time.
    private func lookAgainIfDue() {
        state.responder.wasAsked = false
        let now = state.time.milliseconds
        looks.asked(at: now)
        guard looks.isDue(now) else { return }
        looks.began(at: now)
        supply.look()
    }

    /// Has the connection wait for `awaited`, and brings that on its way.
    private func hold(_ connection: Connection, for awaited: Awaited, since: Int64) {
        let now = state.time.milliseconds
        let patienceEnd: Int64
        switch awaited {
        case .look:
            lookAgainIfDue()
            patienceEnd = looks.patienceEnd ?? now
        case .regionMap(let region, let isGuess):
            patienceEnd = begin(awaited) { supply.load(region: region, ofGuess: isGuess) }
        case .details(let generation):
            patienceEnd = begin(awaited) { [self] in
                if let snapshot = state.responder.snapshot(of: generation) {
                    supply.loadDetails(for: snapshot)
                }
            }
        }
        holds.add(
            Holds.Hold(
                descriptor: connection.socket.descriptor,
                number: connection.number,
                awaited: awaited,
                // However many things a request waits for, it waits no longer than for one.
                deadline: min(patienceEnd, since &+ state.limits.storagePatience)
            )
        )
        setAlarm()
    }

    /// Begins with what is awaited, unless that has been done; when the patience for it ends.
    private func begin(_ awaited: Awaited, _ order: () -> Void) -> Int64 {
        let beganAt = begun[awaited] ?? state.time.milliseconds
        if begun[awaited] == nil {
            begun[awaited] = beganAt
            order()
        }
        return beganAt &+ state.limits.storagePatience
    }

    private func setAlarm() {
        alarm.set(milliseconds: holds.nextDeadline.map { $0 - state.time.milliseconds })
    }

    /// What some wait for is there, or will not come.
    private func release(_ awaited: Awaited) {
        begun[awaited] = nil
        askAgain(holds.take(awaited), isPatient: true)
    }

    /// The patience of some requests is over: they are answered from what there is, and no other one waits
    /// for the same in vain.
    private func ring() {
        alarm.clear()
        let now = state.time.milliseconds
        let overdue = holds.takeOverdue(now)
        for awaited in Set(overdue.map(\.awaited)) {
            // A request may have spent its own patience on something else before.
            let patienceEnd =
                if case .look = awaited {
                    looks.patienceEnd ?? now
                } else {
                    (begun[awaited] ?? now) &+ state.limits.storagePatience
                }
            if now >= patienceEnd { doWithout(awaited) }
        }
        askAgain(overdue, isPatient: false)
    }

    /// Has nobody wait for `awaited` until it is there.
    private func doWithout(_ awaited: Awaited) {
        switch awaited {
        case .look: state.responder.awaitsLook = false
        case .regionMap(let region, let isGuess):
            guard isGuess == state.responder.regions?.isGuess else { return }
            state.responder.missingRegions.insert(region)
        case .details(let generation):
            state.responder.missingDetails = generation
            detailsMissingUntil = state.time.seconds + Self.detailsRetrySeconds
        }
    }

    private func askAgain(_ held: [Holds.Hold], isPatient: Bool) {
        for hold in held {
            // The client may have gone, and another one come under its descriptor.
            guard let connection = connections[hold.descriptor], connection.number == hold.number
            else { continue }
            settle(connection, connection.exchange.askAgain(isPatient: isPatient, &state))
        }
        setAlarm()
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
        connections.forgetVictims()
        if state.time.seconds >= detailsMissingUntil { state.responder.missingDetails = nil }
        let now = state.time.milliseconds
        let isAborting = now >= abortTime
        for connection in connections.all where isAborting || connection.deadline <= now {
            settle(connection, isAborting ? .isOver : connection.exchange.timeIsUp(&state))
        }
        if connections.count == 0, isAccepting { ticker.stop() }
    }

    private func readMail() {
        for message in mailbox.take() {
            switch message {
            case .snapshot(let snapshot): state.responder.snapshot = snapshot
            case .regions(let table): take(table)
            case .regionSnapshots(let snapshots):
                for (region, snapshot) in snapshots {
                    take(snapshot, of: region)
                    release(.regionMap(region, isGuess: state.responder.regions?.isGuess == true))
                }
            case .region(let region, let isGuess, let snapshot):
                // By a number of a table that is gone; nobody waits for it any more.
                guard isGuess == state.responder.regions?.isGuess else { continue }
                take(snapshot, of: region)
                release(.regionMap(region, isGuess: isGuess))
            case .details(let generation, let areMissing):
                if areMissing { doWithout(.details(generation: generation)) }
                release(.details(generation: generation))
            case .looked:
                looks.ended(at: state.time.milliseconds)
                state.responder.awaitsLook = false
                state.responder.isReady = !isDraining
                release(.look)
            case .drain:
                isDraining = true
                state.responder.isReady = false
            case .handOver:
                state.isClosing = true
                stopAccepting()
            case .close: beginToClose()
            case .page(let descriptor, let number, let bytes):
                // The client may have gone, and another one come under its descriptor.
                guard let connection = connections[descriptor], connection.number == number
                else { continue }
                connection.page = nil
                settle(connection, connection.exchange.resume(with: bytes, &state))
            }
        }
    }

    private func take(_ regions: RegionTable) {
        // Those that were guessed have other numbers.
        state.responder.regionSnapshots = [:]
        state.responder.missingRegions = []
        state.responder.regions = regions
        for awaited in begun.keys {
            if case .regionMap = awaited { release(awaited) }
        }
    }

    private func take(_ snapshot: Snapshot?, of region: Int) {
        if let snapshot {
            state.responder.regionSnapshots[region] = snapshot
            state.responder.missingRegions.remove(region)
        } else {
            state.responder.missingRegions.insert(region)
        }
    }

    /// Closes the listening socket, which may go on in another process: it has to be told to epoll,
    /// which would report it for as long as anybody holds it.
    private func stopAccepting() {
        if let listener, isAccepting { epoll.ignore(listener.descriptor) }
        isAccepting = false
        listener = nil
    }

    /// Takes those that have been waiting to be accepted, then no more; ends every connection that is
    /// idle, and the others after their answer.
    private func beginToClose() {
        state.isClosing = true
        // What is left behind is reset when the socket is closed.
        accept(atMost: Int(ListeningSocket.backlog))
        stopAccepting()
        abortTime = state.time.milliseconds &+ state.limits.shutdown
        ticker.start()
        for connection in connections.all where connection.isIdle {
            // What has just come is answered, and the connection ends with it.
            settle(connection, connection.exchange.takeTurn(&state))
            guard connections[connection.socket.descriptor] === connection, connection.isIdle else {
                continue
            }
            close(connection)
        }
    }
}

/// A connection is watched for changes: whoever is told goes on until the kernel has nothing more to give
/// or to take.
extension Epoll.Events {
    /// Something came.
    fileprivate static let input: Self = [.readable, .endOfInput, .onChange]
    /// Something came, or there is room again for what is to go.
    fileprivate static let inputAndOutput: Self = [.input, .writable]
}
