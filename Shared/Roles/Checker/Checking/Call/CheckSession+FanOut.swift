import FunctionRuntime
import JSON
import MirrorStorage
import Mirrors
import Time

/// The part of a session that decides what is this run's work, and what others do.
extension CheckSession {
    /// The shortest time that is worth a run, in seconds; a second of it is kept for the end.
    private static let shortestRun: Int64 = 5

    /// The request, with a budget that ends with its round.
    static func limited(_ request: CheckRequest, at now: Timestamp) -> CheckRequest {
        guard let endBy = request.endBy else { return request }
        var request = request
        let left = endBy - now.secondsSinceEpoch
        request.settings.budgetSeconds = min(request.settings.budgetSeconds, left)
        return request
    }

    /// The result where a queue delivered the call too late to do anything, or nil.
    var lateResult: JSONValue? {
        guard request.endBy != nil, request.settings.budgetSeconds < Self.shortestRun else {
            return nil
        }
        Log.info("call came too late", ["endBy": request.endBy])
        return ["mode": "check", "ending": "late", "accessPoints": []]
    }

    /// The mirrors that are this region's to check.
    func share(of mirrors: [Mirror]) throws -> [Mirror] {
        guard let share = request.share else { return mirrors }
        return try share.share(of: mirrors, in: store.regions())
    }

    /// Hands access points out to other runs, where there is a gateway to do so.
    ///
    /// They stay this run's as well: whoever asks an access point holds its lease, so what calls
    /// are at work on is left to them, what they have done has nothing due, and what the gateway
    /// did not take, or a queue has not begun with, is done here.
    func handOut(_ scope: [AccessPoint]) -> [FanOut.Call] {
        guard let fanOut = request.fanOut else { return [] }
        let end = clock.now.advanced(bySeconds: request.settings.budgetSeconds)
        let calls = fanOut.send(scope, endBy: end.secondsSinceEpoch)
        let count = calls.reduce(0) { $0 + $1.accessPoints.count }
        Log.info(
            "calls queued",
            ["calls": calls.count, "accessPoints": count, "left": scope.count - count]
        )
        return calls
    }

    /// How long calls are given to begin with what they were handed, in seconds; of a short run a
    /// quarter.
    private static let longestWait = 15.0

    /// Gives the calls time to take the leases of what they were handed.
    func waitForCalls() {
        let wait = min(Self.longestWait, Double(request.settings.budgetSeconds) / 4)
        let end = clock.elapsed + wait
        while clock.elapsed < end, !shouldStop() { pause(0.2) }
    }
}
