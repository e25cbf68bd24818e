import JSON
import MapHolds
import ObjectStorage
import TestSupport
import Testing
import Time

@Suite struct MapHoldTests {
    private let store = InMemoryStore()
    private let now = Timestamp(secondsSinceEpoch: 1_796_083_200)

    @Test func endsByItselfAfterADay() throws {
        try store.put(MapHold(since: now, reason: "rolled back"), of: "europe")
        let hold = try #require(try store.mapHold(of: "europe", at: now))
        #expect(hold.reason == "rolled back")
        #expect(try MapHold(json: JSONValue(parsing: hold.json.serialized())) == hold)
        #expect(try store.mapHold(of: "asia", at: now) == nil)
        #expect(try store.mapHold(of: "europe", at: now.advanced(bySeconds: 86_399)) != nil)
        #expect(try store.mapHold(of: "europe", at: now.advanced(bySeconds: 86_400)) == nil)
    }

    @Test func isReleased() throws {
        try store.put(MapHold(since: now, reason: ""), of: "europe")
        try store.releaseMap(of: "europe")
        #expect(try store.mapHold(of: "europe", at: now) == nil)
    }

    /// A typing error must not stop maps for good.
    @Test(arguments: [
        "", "{}", #"{"version":1,"since":"2026-12-01T00:00:00Z"}"#,
        #"{"version":1,"since":"2026-12-01T00:00:00Z","until":"2027-12-01T00:00:00Z"}"#,
        #"{"version":1,"since":"2026-12-01T00:00:00Z","until":"2026-12-01T00:00:00Z"}"#,
        #"{"version":1,"since":"2026-12-01T00:00:00Z","until":"2026-12-02T00:00:00Z","x":1}"#,
    ])
    func whatCannotBeReadHoldsNothing(_ text: String) throws {
        try store.put(BlobKey(MapHold.key(of: "europe")), Array(text.utf8))
        #expect(try store.mapHold(of: "europe", at: now) == nil)
    }
}
