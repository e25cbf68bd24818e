import Foundation
import NIOHTTP1
import TestSupport
import Testing

@testable import local_gateway

@Suite struct AsyncQueueTests {
    @Test func acceptsWithTheIdOfTheCall() throws {
        let queue = AsyncQueue(concurrency: 1) { _, _ in .answer(Answer(200)) }
        defer { queue.close() }
        let answer = queue.accept(Invocation(headers: ["X-Call-Id": "abc"]), of: "job")
        #expect(answer.status == 202 && answer.headers["X-Call-Id"] == ["abc"])
        #expect(queue.drain(until: Date(timeIntervalSinceNow: 30)))
    }

    /// Only POST is routed (gateway main.go:234), and NATS accepts up to a mebibyte.
    @Test func refusesWhatTheRealOneRefuses() {
        let queue = AsyncQueue(concurrency: 1) { _, _ in .answer(Answer(200)) }
        defer { queue.close() }
        #expect(queue.accept(Invocation(method: "GET"), of: "job").status == 405)
        let full = Invocation(body: [UInt8](repeating: 0x20, count: AsyncQueue.bodyLimit))
        #expect(queue.accept(full, of: "job").status == 202)
        var more = full
        more.body.append(0x20)
        #expect(queue.accept(more, of: "job").status == 500)
    }

    @Test
    func runsAsManyCallsAtOnceAsItMay() {
        let isOpen = Mutexed(false)
        let running = Mutexed(0)
        let queue = AsyncQueue(concurrency: 4) { _, _ in
            running.change { $0 += 1 }
            _ = eventually(within: 30) { isOpen.value }
            return .answer(Answer(200))
        }
        defer { queue.close() }
        for _ in 0..<9 { #expect(queue.accept(Invocation(), of: "job").status == 202) }
        #expect(eventually(within: 30) { running.value == 4 })
        #expect(!queue.drain(until: Date(timeIntervalSinceNow: 0.1)))
        isOpen.set(true)
        #expect(queue.drain(until: Date(timeIntervalSinceNow: 30)))
        #expect(running.value == 9 && queue.peakConcurrency == 4)
    }

    /// With the headers of nats-queue-worker (main.go:235-268).
    @Test
    func callsBackWithTheOutcome() throws {
        let callback = try RecordingServer()
        let queue = AsyncQueue(concurrency: 1) { _, _ in
            .answer(
                Answer(
                    500,
                    headers: ["Content-Type": "text/csv"],
                    body: Array("exit status 1\n".utf8)
                )
            )
        }
        defer { queue.close() }
        let call = Invocation(
            headers: [
                "X-Call-Id": "abc", "X-Callback-Url": "http://127.0.0.1:\(callback.port)/done",
            ]
        )
        #expect(queue.accept(call, of: "job").status == 202)
        #expect(eventually(within: 30) { callback.requests.count == 1 })
        let request = try #require(callback.requests.first)
        #expect(request.target == "/done" && request.invocation.method == "POST")
        let headers = request.invocation.headers
        #expect(headers["X-Call-Id"] == ["abc"] && headers["X-Function-Name"] == ["job"])
        #expect(headers["X-Function-Status"] == ["500"] && headers["Content-Type"] == ["text/csv"])
        #expect(headers.contains(name: "X-Duration-Seconds"))
        #expect(request.invocation.body == Array("exit status 1\n".utf8))
    }
}
