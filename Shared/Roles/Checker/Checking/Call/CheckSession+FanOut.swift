import FunctionRuntime
import JSON
import MirrorStorage
import Mirrors
import Time

/// The part of a session that decides what this run does and what others do.
extension CheckSession {
    /// The shortest run worth starting, in seconds, including one second to end it.
    private static let shortestRun: Int64 = 5

    /// The request with its budget cut to the end of its round.
    static func limited(_ request: CheckRequest, at now: Timestamp) -> CheckRequest {
        guard let endBy = request.endBy else { return request }
        var request = request
        let left = endBy - now.secondsSinceEpoch
        request.settings.budgetSeconds = min(request.settings.budgetSeconds, left)
        return request
    }

    /// The result if a queue delivered the call too late to do anything, otherwise nil.
    var lateResult: JSONValue? {
        guard request.endBy != nil, request.settings.budgetSeconds < Self.shortestRun else {
            return nil
        }
        Log.info("call came too late", ["endBy": request.endBy])
        return ["mode": "check", "ending": "late", "accessPoints": []]
    }

    /// The mirrors that this region's checker is responsible for.
    func share(of mirrors: [Mirror]) throws -> [Mirror] {
        guard let share = request.share else { return mirrors }
        return try share.share(of: mirrors, in: store.regions())
    }

    /// Distributes access points to other runs, if a gateway is configured.
    ///
    /// They also stay in this run: a run that asks an access point has its lease. So what other
    /// calls are working on is left to them, what they have finished is not due, and what the
    /// gateway did not accept or a queue has not started is done here.
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

    /// How long to wait for calls to start, in seconds; a quarter of the budget if that is less.
    private static let longestWait = 15.0

    /// Gives the calls time to take their leases.
    func waitForCalls() {
        let wait = min(Self.longestWait, Double(request.settings.budgetSeconds) / 4)
        let end = clock.elapsed + wait
        while clock.elapsed < end, !shouldStop() { pause(0.2) }
    }
}
