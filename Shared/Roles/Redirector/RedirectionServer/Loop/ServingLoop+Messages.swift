import Linux
import Redirection

/// Timers, and messages from other threads.
extension ServingLoop {
    /// Closes connections at their deadlines.
    ///
    /// This is one scan of all connections each second: a timer for each would cost every request
    /// more than the scan costs altogether.
    func tick() {
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

    func readMail() {
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
                // The number belongs to replaced regions, for which nobody waits any more.
                guard isGuess == state.responder.regions?.isGuess else { continue }
                take(snapshot, of: region)
                release(.regionMap(region, isGuess: isGuess))
            case .details(let generation, let areMissing):
                if areMissing { answerWithout(.details(generation: generation)) }
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
                // The client may have gone, and another one may have its descriptor.
                guard let connection = connections[descriptor], connection.number == number
                else { continue }
                connection.page = nil
                settle(connection, connection.exchange.resume(with: bytes, &state))
            }
        }
    }

    func take(_ regions: RegionTable) {
        // Assumed regions had other numbers.
        state.responder.regionSnapshots = [:]
        state.responder.missingRegions = []
        state.responder.regions = regions
        for awaited in loadingSince.keys {
            if case .regionMap = awaited { release(awaited) }
        }
    }

    func take(_ snapshot: Snapshot?, of region: Int) {
        if let snapshot {
            state.responder.regionSnapshots[region] = snapshot
            state.responder.missingRegions.remove(region)
        } else {
            state.responder.missingRegions.insert(region)
        }
    }

    /// Closes the listening socket.
    ///
    /// Another process may share it, so it must be removed from epoll, which would otherwise
    /// continue to report it.
    private func stopAccepting() {
        if let listener, isAccepting { epoll.ignore(listener.descriptor) }
        isAccepting = false
        listener = nil
    }

    /// Accepts the connections already waiting, and then no more; ends every idle connection, and
    /// the others after their answer.
    private func beginToClose() {
        state.isClosing = true
        // Connections left in the queue are reset when the socket is closed.
        accept(atMost: Int(ListeningSocket.backlog))
        stopAccepting()
        abortTime = state.time.milliseconds &+ state.limits.shutdown
        ticker.start()
        for connection in connections.all where connection.isIdle {
            // Input that has just arrived is answered, and the connection ends with it.
            settle(connection, connection.exchange.proceed(&state))
            guard connections[connection.socket.descriptor] === connection, connection.isIdle else {
                continue
            }
            close(connection)
        }
    }
}
