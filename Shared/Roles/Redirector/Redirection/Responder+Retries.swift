import Mirrors

// Clients that want another mirror than the one they were given.
extension Responder {
    /// Gives a client that asks for this file once more the next candidate, and one that asks for a
    /// part of it the mirror that it was given.
    ///
    /// Its whole address counts, not its network: a neighbour that asks for the first time is no
    /// retry. What is in a set moves with all of the set. Returns the access point that it was
    /// given and comes back from, if that is still among the candidates.
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

    /// Counts the access points that the client wants another one than: `left`, which it comes back
    /// from, and the first of each mirror that its query avoids.
    ///
    /// A hint for operators, and nothing more: anybody can write such requests.
    func passedOver(_ left: Int?, _ wishes: Wishes?, _ snapshot: Snapshot) -> [Int] {
        var points = left.map { [$0] } ?? []
        for seed in wishes?.avoided ?? [] {
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
