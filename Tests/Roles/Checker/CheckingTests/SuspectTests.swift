import Catalogs
import JSON
import MirrorStorage
import Mirrors
import ObjectStorage
import TestSupport
import Testing
import Time

@testable import Checking

/// Problems that clients met change whom a run asks first, and nothing else.
@Suite struct SuspectTests {
    let store = InMemoryStore()

    /// Twelve mirrors, none of which was checked yet.
    private func deploy() throws {
        let mirrors = try (0..<12).map { number in
            let id = "m\(number)"
            return try Mirror.make(id, [.make(id, baseURL: "http://\(id).example/")])
        }
        try store.put(
            BlobKey("mirrors.json"),
            MirrorList(mirrors: mirrors).json.serialized()
        )
        let catalogs = CatalogStore(store)
        try catalogs.publish(CheckRunTests.catalog(3), replacing: catalogs.current())
    }

    private func suspects(_ ids: [Mirror.ID], age: Int64 = 0) -> Suspects {
        let counts = Dictionary(uniqueKeysWithValues: ids.enumerated().map { ($1, 100 - $0) })
        return Suspects(counts, at: ManualClock.start.secondsSinceEpoch - age)
    }

    /// The mirrors in the order in which the run asked them for files.
    private func order() throws -> [Int] {
        let clock = ManualClock()
        let session = CheckSession(CheckRequest(), store, clock, after: 0)
        let transport = ScriptedTransport(clock: clock) { question in
            CheckRunTests.reply(question) { _ in true }
        }
        _ = try session.run { _ in transport }
        var order: [Int] = []
        for question in transport.asked {
            guard case .file = question.subject else { continue }
            let place = question.accessPoint.index
            if !order.contains(place) { order.append(place) }
        }
        return order
    }

    @Test func suspectsAreAskedFirstAndAllOthersAfterThem() throws {
        try deploy()
        try store.put(suspects(["m7", "m3", "unknown"]))
        let order = try order()
        #expect(Set(order.prefix(2)) == [3, 7])
        #expect(order.sorted() == Array(0..<12))
    }

    @Test func aForgedListOfAllIsNoMoreThanAnOrder() throws {
        try deploy()
        let names = (0..<5_000).map { "\"m\($0)\"" }.joined(separator: ",")
        let at = ManualClock.start.secondsSinceEpoch
        let text = #"{"version":1,"at":\#(at),"mirrors":[\#(names)]}"#
        try store.put(BlobKey(Suspects.key), Array(text.utf8))
        #expect(try store.suspects(now: ManualClock.start).count == Suspects.limit)
        #expect(try order().sorted() == Array(0..<12))
    }

    @Test func whatIsOldOrDamagedOrTooLongIsIgnored() throws {
        try deploy()
        try store.put(suspects(["m7"], age: 90_000))
        #expect(try store.suspects(now: ManualClock.start).isEmpty)
        for text in ["", "{", "[]", #"{"version":9}"#] {
            try store.put(BlobKey(Suspects.key), Array(text.utf8))
            #expect(try store.suspects(now: ManualClock.start).isEmpty)
            _ = try order()
        }
        let padding = [UInt8](repeating: UInt8(ascii: " "), count: Suspects.byteLimit)
        let bytes = suspects(["m7"]).json.serialized()
        try store.put(BlobKey(Suspects.key), bytes + padding)
        #expect(try store.suspects(now: ManualClock.start).isEmpty)
    }
}
