import Linux
import Redirection

/// Requests that wait for storage, none for longer than its patience.
extension ServingLoop {
    /// Notes that a path or a page was requested, and starts a look at storage if one is due.
    func lookAgainIfDue() {
        state.responder.wasAsked = false
        let now = state.time.milliseconds
        looks.asked(at: now)
        guard looks.isDue(now) else { return }
        looks.began(at: now)
        supply.look()
    }

    /// Lets the connection wait for `awaited`, and starts to load that.
    func wait(_ connection: Connection, for awaited: Awaited, since: Int64) {
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
        waitingRequests.add(
            WaitingRequests.Entry(
                descriptor: connection.socket.descriptor,
                number: connection.number,
                awaited: awaited,
                // The total wait is limited, whatever the number of things a request waits for.
                deadline: min(patienceEnd, since &+ state.limits.storagePatience)
            )
        )
        setAlarm()
    }

    /// Starts loading what is awaited, unless it has begun; returns when the patience for it ends.
    private func begin(_ awaited: Awaited, _ order: () -> Void) -> Int64 {
        let beganAt = loadingSince[awaited] ?? state.time.milliseconds
        if loadingSince[awaited] == nil {
            loadingSince[awaited] = beganAt
            order()
        }
        return beganAt &+ state.limits.storagePatience
    }

    private func setAlarm() {
        alarm.set(milliseconds: waitingRequests.nextDeadline.map { $0 - state.time.milliseconds })
    }

    /// Answers the requests that wait for `awaited`, which is available or will not come.
    func release(_ awaited: Awaited) {
        loadingSince[awaited] = nil
        askAgain(waitingRequests.take(awaited), isPatient: true)
    }

    /// Answers requests whose patience is over from what is available, and stops others from
    /// waiting for the same in vain.
    func ring() {
        alarm.clear()
        let now = state.time.milliseconds
        let overdue = waitingRequests.takeOverdue(now)
        for awaited in Set(overdue.map(\.awaited)) {
            // A request may have spent its own patience on something else before.
            let patienceEnd =
                if case .look = awaited {
                    looks.patienceEnd ?? now
                } else {
                    (loadingSince[awaited] ?? now) &+ state.limits.storagePatience
                }
            if now >= patienceEnd { answerWithout(awaited) }
        }
        askAgain(overdue, isPatient: false)
    }

    /// Stops requests from waiting for `awaited` until it is available.
    func answerWithout(_ awaited: Awaited) {
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

    private func askAgain(_ requests: [WaitingRequests.Entry], isPatient: Bool) {
        for request in requests {
            // The client may have gone, and another one may have its descriptor.
            guard let connection = connections[request.descriptor],
                connection.number == request.number
            else { continue }
            settle(connection, connection.exchange.askAgain(isPatient: isPatient, &state))
        }
        setAlarm()
    }
}
