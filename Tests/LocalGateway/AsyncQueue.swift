import Foundation
import NIOHTTP1
import TestSupport

/// Accepts calls of `/async-function/NAME` and does them later: the queue worker.
///
/// A call that fails is not repeated, as in the community edition.
final class AsyncQueue: @unchecked Sendable {
    private struct Entry {
        let id: String
        let function: String
        let invocation: Invocation
    }

    /// The longest body that the queue takes; NATS refuses more.
    static let bodyLimit = 1 << 20

    private let deliver: @Sendable (String, Invocation) -> Outcome
    private let condition = NSCondition()
    private var entries: [Entry] = []
    private var deliveryCount = 0
    private var isClosed = false

    private var peakDeliveryCount = 0

    /// Starts `concurrency` workers, which `deliver` calls to functions.
    init(concurrency: Int, deliver: @escaping @Sendable (String, Invocation) -> Outcome) {
        self.deliver = deliver
        for _ in 0..<concurrency {
            Thread.detachNewThread { [self] in
                while work() {}
            }
        }
    }

    /// Accepts a call of `function`, which becomes a POST whatever it was.
    func accept(_ invocation: Invocation, of function: String) -> Answer {
        guard invocation.method == "POST" else { return Answer(405) }
        guard invocation.body.count <= Self.bodyLimit else {
            return Answer(500, text: "nats: maximum payload exceeded\n")
        }
        let id = invocation.headers["X-Call-Id"].first ?? UUID().uuidString.lowercased()
        condition.withLock {
            entries.append(Entry(id: id, function: function, invocation: invocation))
            condition.broadcast()
        }
        return Answer(202, headers: ["X-Call-Id": id])
    }

    /// The maximum number of calls that were in progress at the same time.
    var peakConcurrency: Int { condition.withLock { peakDeliveryCount } }

    /// Waits until every accepted call is done, or until `deadline`; returns whether they are.
    func drain(until deadline: Date) -> Bool {
        condition.withLock {
            while !entries.isEmpty || deliveryCount > 0 {
                guard condition.wait(until: deadline) else { return false }
            }
            return true
        }
    }

    /// Drops waiting calls, and ends the workers after their current calls.
    func close() {
        condition.withLock {
            entries = []
            isClosed = true
            condition.broadcast()
        }
    }

    /// Does the next call; returns false if there will be none.
    private func work() -> Bool {
        let next = condition.withLock { () -> Entry? in
            while entries.isEmpty {
                if isClosed { return nil }
                condition.wait()
            }
            deliveryCount += 1
            peakDeliveryCount = max(peakDeliveryCount, deliveryCount)
            let entry = entries.removeFirst()
            Console.print(
                "local-gateway: async call of \(entry.function), \(deliveryCount) at work"
            )
            return entry
        }
        guard let entry = next else { return false }
        let startedAt = ContinuousClock.now
        let outcome = deliver(entry.function, entry.invocation)
        let seconds = (ContinuousClock.now - startedAt) / .seconds(1)
        condition.withLock {
            deliveryCount -= 1
            condition.broadcast()
        }
        if outcome.status != 200 {
            let status = outcome.status.map { "status \($0)" } ?? "no answer"
            Console.print("local-gateway: async call of \(entry.function): \(status)")
        }
        if let url = entry.invocation.headers["X-Callback-Url"].first {
            callBack(url, entry, outcome, seconds: seconds)
        }
        return true
    }

    /// Sends the outcome to the caller's callback URL, if it is on this machine.
    private func callBack(_ url: String, _ entry: Entry, _ outcome: Outcome, seconds: Double) {
        guard let parts = URLComponents(string: url), parts.scheme == "http",
            ["127.0.0.1", "localhost"].contains(parts.host ?? "")
        else {
            Console.print("local-gateway: no call back to \(url): not on this machine")
            return
        }
        var answer = Answer(502)
        if case .answer(let given) = outcome { answer = given }
        var request = HTTPRequest(
            "POST",
            parts.percentEncodedPath.isEmpty ? "/" : parts.percentEncodedPath,
            headers: [
                "X-Call-Id": entry.id, "X-Duration-Seconds": "\(seconds)",
                "X-Function-Status": "\(answer.status)", "X-Function-Name": entry.function,
            ],
            body: answer.body
        )
        if let type = answer.headers["Content-Type"].first {
            request.headers["Content-Type"] = type
        }
        do {
            _ = try HTTPConnection(port: parts.port ?? 80).response(to: request)
        } catch {
            Console.print("local-gateway: call back to \(url): \(error)")
        }
    }
}
