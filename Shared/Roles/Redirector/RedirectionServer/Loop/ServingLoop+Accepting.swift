import FunctionRuntime
import Linux
import Mirrors
import Redirection

/// Accepts connections, and makes room for them if there are too many.
extension ServingLoop {
    func accept(atMost limit: Int = acceptsInARow) {
        guard let listener else { return }
        for _ in 0..<limit {
            switch listener.accept() {
            case .nothing: return
            case .noDescriptor:
                // The next tick retries if no descriptor becomes free.
                guard closeLongestInactive() else { return pauseAccepting() }
            case .connection(let socket, let peer):
                guard let connection = add(socket, peer) else { continue }
                settle(connection, connection.exchange.proceed(&state))
            }
        }
    }

    /// Adds a connection, closing another one if there are too many; nil if there is no room.
    func add(_ socket: StreamSocket, _ peer: IPAddress?) -> Connection? {
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

    /// Makes room for a new connection; false if all others wait for answers of ours.
    private func closeLongestInactive(of network: IPAddress? = nil) -> Bool {
        guard let victim = connections.longestInactive(of: network) else { return false }
        victim.exchange.askKernel(&state)
        close(victim, isAborted: victim.exchange.hasUntaken)
        return true
    }

    /// Leaves new connections waiting in the kernel until an existing one ends.
    private func pauseAccepting() {
        guard isAccepting, let listener else { return }
        isAccepting = false
        epoll.ignore(listener.descriptor)
        ticker.start()
        Log.warning("too many connections", ["open": connections.count])
    }

    func resumeAccepting() {
        guard !isAccepting, let listener else { return }
        isAccepting = (try? epoll.watch(listener.descriptor, for: .readable)) != nil
    }

    /// Closes connections until the pending bytes are well below the limit, beginning with those
    /// that have been inactive for longest.
    ///
    /// Most bytes counted as pending were taken long ago, which only the kernel knows; asking it
    /// costs a system call for each connection, so that is done only at the limit.
    func shed() {
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
        Log.warning("stalled clients dropped", ["connections": shedCount])
    }
}
