import Events
import JSON
import ObjectStorage
import Synchronization
import TestSupport
import Testing
import Time

@Suite struct EventLogTests {
    private let store = InMemoryStore()
    private let noon = Timestamp(secondsSinceEpoch: 1_796_083_200 + 43_200)

    private func event(_ subject: String, after seconds: Int64 = 0) -> Event {
        Event(
            .down,
            subject,
            at: noon.advanced(bySeconds: seconds),
            by: "checker-probe",
            is: "timeout"
        )
    }

    @Test func readsWhatItWrote() throws {
        let whole = Event(
            .override,
            "mirror.example.org",
            at: noon,
            by: "leader",
            region: "europe",
            was: "100",
            is: "50",
            text: "weight"
        )
        for event in [whole, event("a")] {
            #expect(try Event(json: JSONValue(parsing: event.json.serialized())) == event)
        }
    }

    @Test func theDayIsThatOfUTC() throws {
        let day = EventDay(of: noon)
        #expect(day.description == "2026-12-01")
        #expect(day.key == "events/2026-12-01.jsonl")
        #expect(EventDay(key: day.key) == day)
        #expect(EventDay(of: noon.advanced(bySeconds: 43_199)) == day)
        #expect(EventDay(of: noon.advanced(bySeconds: 43_200)) == day.advanced(byDays: 1))
        for key in [
            "events/2026-12-1.jsonl", "events/2026-02-30.jsonl", "events/x", "events/.jsonl",
        ] {
            #expect(EventDay(key: key) == nil)
        }
    }

    @Test func addsToEachDayAndReadsAcrossThem() throws {
        store.append([event("a"), event("c", after: 86_400)])
        store.append([event("b", after: 60)])
        let all = try store.events(from: noon, until: noon.advanced(bySeconds: 86_400))
        #expect(all.map(\.subject) == ["a", "b", "c"])
        #expect(try store.events(on: EventDay(of: noon)).events.map(\.subject) == ["a", "b"])
        let between = try store.events(
            from: noon.advanced(bySeconds: 1),
            until: noon.advanced(bySeconds: 60)
        )
        #expect(between.map(\.subject) == ["b"])
        #expect(try store.events(from: noon.advanced(bySeconds: 1), until: noon) == [])
        store.append([])
        #expect(store.list(prefix: "events/").count == 2)
    }

    @Test func eventsOfOneTimeStayInTheirOrder() throws {
        store.append([event("late", after: 5)])
        store.append([event("first"), event("second")])
        let all = try store.events(from: noon, until: noon.advanced(bySeconds: 9))
        #expect(all.map(\.subject) == ["first", "second", "late"])
    }

    @Test func damagedLinesCostThemselvesAlone() throws {
        store.append([event("a"), event("b")])
        let key = try BlobKey(EventDay(of: noon).key)
        var bytes = try #require(store.get(key)).bytes
        bytes[3] = 0x22
        try store.put(key, bytes + Array("{\"at\":\"2026".utf8))
        store.append([event("c")])
        let read = try store.events(on: EventDay(of: noon))
        #expect(read.events.map(\.subject) == ["b", "c"])
        #expect(read.unreadableCount == 2)
    }

    @Test func everyPrefixOfADayIsRead() throws {
        store.append((0..<5).map { event("\($0)") })
        let bytes = try #require(store.get(BlobKey(EventDay(of: noon).key))).bytes
        for count in 0...bytes.count {
            let read = EventLines(decoding: Array(bytes[..<count]))
            #expect(read.events.map(\.subject) == (0..<read.events.count).map { "\($0)" })
            #expect(read.unreadableCount <= 1)
        }
    }

    @Test func keepsKindsThatItDoesNotKnow() throws {
        var strange = event("a")
        strange.kind = Event.Kind(rawValue: "eclipse")
        store.append([strange])
        #expect(try store.events(on: EventDay(of: noon)).events == [strange])
    }

    @Test func aDayThatIsFullCounts() throws {
        var long = event("")
        long.text = String(repeating: "x", count: 300)
        let day = EventDay(of: noon)
        for round in 0..<6 {
            store.append(
                (0..<500).map { number in
                    var event = long
                    event.subject = "\(round)-\(number)"
                    return event
                }
            )
        }
        let bytes = try #require(store.get(BlobKey(day.key))).bytes
        #expect(bytes.count <= EventLines.byteLimit)
        let read = try store.events(on: day)
        let last = try #require(read.events.last)
        #expect(last.kind == .omitted)
        let omittedCount = try #require(last.is.flatMap { Int($0) })
        #expect(read.events.count - 1 + omittedCount == 3000)
        #expect(read.events.dropLast().allSatisfy { $0.kind == .down })
    }

    @Test func anImmenseBlobIsNotRead() throws {
        let line = event("a").json.serialized() + [0x0A]
        let key = try BlobKey(EventDay(of: noon).key)
        try store.put(key, Array(repeatElement(line, count: 20_000).joined()))
        #expect(try store.events(on: EventDay(of: noon)).events == [])
    }

    @Test func longAndHostileTextsStayALine() throws {
        var event = event(String(repeating: "\u{1}\n\"", count: 500))
        event.text = String(repeating: "\u{9B}€", count: 5000)
        store.append([event])
        let bytes = try #require(store.get(BlobKey(EventDay(of: noon).key))).bytes
        #expect(bytes.count { $0 == 0x0A } == 1)
        #expect(bytes.count < Event.lineLimit)
        let read = try store.events(on: EventDay(of: noon))
        #expect(read.events.count == 1)
        #expect(read.events.first?.subject.count == Event.textLimit)
    }

    /// If two functions end at the same time, neither's events are lost.
    @Test func writersAtOnceLoseNothing() throws {
        let other = LatecomingStore(store, beatenCount: 2) { [store, other = event("other")] in
            store.append([other])
        }
        other.append([event("own")])
        let subjects = try store.events(on: EventDay(of: noon)).events.map(\.subject)
        #expect(subjects == ["other", "other", "own"])
    }

    @Test func afterTheThirdTryTheLogHasThem() throws {
        let other = LatecomingStore(store, beatenCount: 9) { [store, other = event("other")] in
            store.append([other])
        }
        other.append([event("own")])
        let subjects = try store.events(on: EventDay(of: noon)).events.map(\.subject)
        #expect(subjects == ["other", "other", "other"])
    }
}

/// A store in which another writer is faster a given number of times.
private final class LatecomingStore: WrappedStore {
    let base: InMemoryStore
    private let left: Atomic<Int>
    private let other: @Sendable () -> Void

    init(_ base: InMemoryStore, beatenCount: Int, by other: @escaping @Sendable () -> Void) {
        self.base = base
        left = Atomic(beatenCount)
        self.other = other
    }

    func before(_ operation: StoreOperation, _ key: String) {
        guard operation == .put else { return }
        if left.subtract(1, ordering: .relaxed).oldValue > 0 { other() }
    }
}
