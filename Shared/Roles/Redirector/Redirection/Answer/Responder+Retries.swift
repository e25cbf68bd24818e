import Mirrors

// Clients that want another mirror than the one they got.
extension Responder {
    /// Gives a client that requests this file again the next candidate, and one that requests a
    /// part of it the same mirror.
    ///
    /// The whole address counts, not the network: a neighbour's first request is not a retry. Files
    /// of a set move together. Returns the access point that the client was given before and comes
    /// back from, if it is still a candidate.
    func retry(
        _ request: borrowing ReceivedRequest,
        for client: Client,
        _ selection: inout Selection
    ) -> Int? {
        guard let retries, let address = client.address else { return nil }
        let key = Rendezvous.key(address, of: selection.pathKey ?? selection.key)
        if request.head.hasRange {
            if let mirror = retries.mirrorGiven(to: key, now: request.now) {
                selection.prefer(mirror)
            }
            return nil
        }
        let set = selection.pathKey == nil ? nil : Rendezvous.key(address, of: selection.key)
        let attempt = retries.attempt(of: key, inSet: set, now: request.now)
        let left = attempt.given.flatMap { selection.accessPoint(of: $0) }
        selection.passOver(attempt.passedOver)
        retries.note(attempt, mirror: selection.mark(at: 0))
        return left
    }

    /// Counts the access points that the client wants replaced: `left`, which it comes back from,
    /// and the first one of each mirror that its query avoids.
    ///
    /// This is only a hint for operators: anybody can send such requests.
    func passedOver(_ left: Int?, _ preferences: Preferences?, _ snapshot: Snapshot) -> [Int] {
        var points = left.map { [$0] } ?? []
        for seed in preferences?.avoided ?? [] {
            guard let point = snapshot.table.firstAccessPoint(ofMirror: seed),
                !points.contains(point)
            else { continue }
            points.append(point)
        }
        for point in points where point < snapshot.counters.count {
            snapshot.counters[point].countPassedOver()
        }
        return points
    }
}
