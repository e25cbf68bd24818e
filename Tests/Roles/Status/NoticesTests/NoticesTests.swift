import FunctionRuntime
import Heartbeats
import JSON
import Mirrors
import Notices
import ObjectStorage
import StatusFacts
import Synchronization
import TestSupport
import Testing
import Time

@Suite struct NoticesTests {
    private let store = InMemoryStore()
    private let notes = RunNotes(author: "status")

    /// The messages that a webhook received; it answers with the statuses in turn, and then repeats
    /// the last one.
    private final class Receiver: Sendable {
        private let server: ScriptedWebServer
        private let received: Box
        var port: Int { server.port }
        var messages: [JSONValue] { received.values.withLock { $0 } }

        private final class Box: Sendable {
            let values = Mutex<[JSONValue]>([])
        }

        init(_ statuses: [String] = ["200 OK"]) throws {
            let box = Box()
            received = box
            server = try ScriptedWebServer { request, number in
                let isJSON = request.headers["content-type"] == "application/json"
                if isJSON, request.method == "POST",
                    let json = try? JSONValue(parsing: request.body)
                {
                    box.values.withLock { $0.append(json) }
                }
                return ScriptedWebServer.answer(statuses[min(number, statuses.count - 1)])
            }
        }
    }

    private func notices(_ port: Int, _ more: [String: String] = [:]) throws -> Notices {
        let environment = Environment(
            [
                "STATUS_WEBHOOK": "http://127.0.0.1:\(port)/hooks/Hush4711",
                "SECRETS_DIR": "/nonexistent",
            ].merging(more) { $1 }
        )
        return try #require(
            try Notices(store: store, pages: "https://example.org/_/status/", environment)
        )
    }

    private func down(_ ids: [Mirror.ID] = ["m3"], at hours: Double = 0) throws -> DeploymentFacts {
        try NoticeRulesTests.facts(
            at: hours,
            Dictionary(uniqueKeysWithValues: ids.map { ($0, Verdict.Word.down) }),
            since: Dictionary(uniqueKeysWithValues: ids.map { ($0, NoticeRulesTests.at(-7)) })
        )
    }

    private func text(_ message: JSONValue?, _ key: String) -> String? {
        guard case .object(let object)? = message, case .string(let text)? = object[key] else {
            return nil
        }
        return text
    }

    @Test func aMessageHasEventTimeAndMirror() throws {
        try store.put(
            BlobKey("overrides.json"),
            Array(#"{"m3":{"contact":"ada@m3.example.org"}}"#.utf8)
        )
        let receiver = try Receiver()
        #expect(try notices(receiver.port).tell(down(), notes) == 1)
        let message = receiver.messages.first
        #expect(receiver.messages.count == 1)
        #expect(text(message, "kind") == "begun")
        #expect(text(message, "state") == "down")
        #expect(text(message, "contact") == "ada@m3.example.org")
        #expect(text(message, "page") == "https://example.org/_/status/m/m3.html")
        #expect(
            text(message, "text")
                == "Mirror 3 (m3): down since 2026-11-30 17:00 UTC: it is down. "
                + "https://example.org/_/status/m/m3.html"
        )
        // It is reported only once.
        #expect(try notices(receiver.port).tell(down(at: 1), notes) == 0)
        #expect(receiver.messages.count == 1)
        #expect(notes.warnings == [])
    }

    @Test func unreadableContactsAreAWarningAndTheMessageIsSent() throws {
        try store.put(BlobKey("overrides.json"), Array("{".utf8))
        let receiver = try Receiver()
        #expect(try notices(receiver.port).tell(down(), notes) == 1)
        #expect(text(receiver.messages.first, "contact") == nil)
        #expect(notes.warnings.count == 1)
        #expect(notes.warnings.first?.contains("overrides.json cannot be read") == true)
    }

    @Test func aWebhookThatIsBusyIsAskedThreeTimesAndAgainInTheNextRun() throws {
        let receiver = try Receiver(["503 Busy"])
        #expect(try notices(receiver.port).tell(down(), notes) == 0)
        #expect(receiver.messages.count == 3)
        #expect(notes.warnings.count == 1)
        #expect(notes.warnings.first?.contains("503") == true)
        #expect(notes.warnings.first?.contains("Hush4711") == false)
        let other = try Receiver()
        #expect(try notices(other.port).tell(down(at: 1), notes) == 1)
    }

    @Test func aMessageThatIsRefusedIsNotRepeatedInTheRun() throws {
        let receiver = try Receiver(["404 Not Found"])
        #expect(try notices(receiver.port).tell(down(), notes) == 0)
        #expect(receiver.messages.count == 1)
    }

    @Test func nobodyAtTheWebhookCostsAWarningWithoutItsPath() throws {
        #expect(try notices(try freePort()).tell(down(), notes) == 0)
        #expect(notes.warnings.count == 1)
        #expect(notes.warnings.first?.contains("127.0.0.1") == true)
        #expect(notes.warnings.first?.contains("Hush4711") == false)
    }

    /// The first messages were delivered, then the webhook failed: only those count as sent.
    @Test func whatWasSentIsNotSentAgain() throws {
        let receiver = try Receiver(["200 OK", "404 Not Found"])
        let facts = try down(["m1", "m2"])
        #expect(try notices(receiver.port).tell(facts, notes) == 1)
        let other = try Receiver()
        #expect(try notices(other.port).tell(facts, notes) == 1)
        #expect(other.messages.map { text($0, "mirror") } == ["m2"])
    }

    @Test func manyMessagesBecomeOne() throws {
        let receiver = try Receiver()
        var facts = try down([])
        let mirror = facts.mirrors[0].mirror
        facts.mirrors = (0..<200).map { number in
            let own = Mirror(
                id: "n\(number)",
                name: "N \(number)",
                country: mirror.country,
                region: "europe",
                accessPoints: []
            )
            var found = MirrorFacts(own, points: [])
            let isDown = number < 30
            found.verdict = Verdict(
                isDown ? .down : .inUse,
                since: NoticeRulesTests.at(-7),
                "no answer"
            )
            return found
        }
        #expect(try notices(receiver.port).tell(facts, notes) == 1)
        #expect(receiver.messages.map { text($0, "kind") } == ["digest"])
        #expect(text(receiver.messages.first, "text")?.split(separator: "\n").count == 32)
        #expect(try notices(receiver.port).tell(facts, notes) == 0)
    }

    @Test func anotherRunThatTellsIsLeftToIt() throws {
        let receiver = try Receiver()
        guard case .acquired(let lease) = try Lease.acquire("status-notices", for: 60, in: store)
        else {
            Issue.record("the lease is free")
            return
        }
        #expect(try notices(receiver.port).tell(down(), notes) == 0)
        try lease.release()
        #expect(try notices(receiver.port).tell(down(), notes) == 1)
    }

    @Test(arguments: ["{", #"{"version":2}"#, #"{"version":1,"mirrors":{"m3":{"state":"down"}}}"#])
    func aMemoryThatCannotBeReadIsLeftAndNothingIsSent(text: String) throws {
        let key = try BlobKey(NoticeMemory.key)
        try store.put(key, Array(text.utf8))
        let receiver = try Receiver()
        #expect(try notices(receiver.port).tell(down(), notes) == 0)
        #expect(receiver.messages.isEmpty)
        #expect(store.get(key)?.bytes == Array(text.utf8))
        #expect(notes.warnings.first?.contains("storage rm history/notices.json") == true)
    }

    @Test func nothingNewWritesNothing() throws {
        let receiver = try Receiver()
        let notices = try notices(receiver.port)
        _ = notices.tell(try down(), notes)
        let count = store.writeCount
        _ = notices.tell(try down(at: 0.1), notes)
        _ = notices.tell(try down(at: 0.2), notes)
        #expect(store.writeCount == count)
    }

    @Test func theSecretCountsBeforeTheVariable() throws {
        let receiver = try Receiver()
        let folder = try TemporaryFolder("notices")
        try folder.write("http://127.0.0.1:\(receiver.port)/x\n", to: "status-webhook")
        #expect(try notices(1, ["SECRETS_DIR": folder.path]).tell(down(), notes) == 1)
        #expect(receiver.messages.count == 1)
    }

    @Test(arguments: ["chat.example.org", "ftp://chat.example.org/Hush4711", "https:///Hush4711"])
    func aWrongURLIsRefusedAndNotShown(url: String) {
        let error = #expect(throws: FunctionError.self) {
            try notices(1, ["STATUS_WEBHOOK": url])
        }
        #expect(error?.exitStatus == 2)
        #expect("\(String(describing: error))".contains("Hush4711") == false)
    }

    @Test func withoutAWebhookThereAreNoNotices() throws {
        #expect(
            try Notices(store: store, pages: "", Environment(["SECRETS_DIR": "/nonexistent"]))
                == nil
        )
    }
}
