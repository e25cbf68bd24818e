import JSON
import MirrorListImport
import MirrorStorage
import Mirrors
import ObjectStorage
import Publishing
import Synchronization
import TestSupport
import Testing
import Time

@Suite struct PlaceUpdateTests {
    private let store = InMemoryStore()
    private let names = Names()

    /// A resolver whose answers are changed by a test.
    private final class Names: Sendable {
        let state = Mutex((addresses: [String: String](), asked: [String]()))

        func set(_ host: String, to address: String?) {
            state.withLock { $0.addresses[host] = address }
        }

        /// The names that were looked up since the last call.
        var asked: [String] {
            state.withLock { state in
                defer { state.asked = [] }
                return state.asked.sorted()
            }
        }
    }

    private static func listed(
        _ host: String,
        _ country: String = "DE",
        at places: [GeoLocation] = []
    ) -> ListedMirror {
        ListedMirror(
            name: host,
            country: country,
            region: "",
            locations: [.init(url: "http://\(host)/"), .init(url: "rsync://\(host)/x/")],
            places: places
        )
    }

    private func update(_ list: [ListedMirror], hour: Int64) throws -> PlaceUpdate.Report {
        let lookups = HostLookups(within: .seconds(600)) { [names] host in
            names.state.withLock { state in
                state.asked.append(host)
                return state.addresses[host].flatMap { IPAddress($0) }.map { [$0] }
            }
        }
        return try PlaceUpdate(SmallDatabases.made(), lookups).run(
            of: list,
            in: store,
            at: Timestamp(secondsSinceEpoch: 1_800_000_000 + hour * 3600)
        )
    }

    private func published(_ list: [ListedMirror]) throws -> [Mirror] {
        _ = try MirrorPublication(of: list, in: store)
        return try #require(try store.mirrorList()).list.mirrors
    }

    @Test func aHostIsLookedUpOnceADay() throws {
        let list = [Self.listed("a.example"), Self.listed("b.example")]
        names.set("a.example", to: "192.0.2.7")
        names.set("b.example", to: "203.0.113.7")
        let first = try update(list, hour: 0)
        #expect(first.hostCount == 2)
        #expect(first.lookedUpCount == 2)
        #expect(names.asked == ["a.example", "b.example"])
        let writes = store.writeCount
        #expect(try update(list, hour: 23).lookedUpCount == 0)
        #expect(names.asked == [])
        #expect(store.writeCount == writes)
        #expect(try update(list, hour: 24).lookedUpCount == 2)
        #expect(names.asked == ["a.example", "b.example"])
        // The clock had been ahead.
        #expect(try update(list, hour: 1).lookedUpCount == 2)
    }

    @Test func whatFailsKeepsItsPlaceAndIsAskedAgainInAnHour() throws {
        let list = [Self.listed("a.example"), Self.listed("b.example")]
        names.set("a.example", to: "192.0.2.7")
        let first = try update(list, hour: 0)
        #expect(first.failed == ["b.example"])
        names.set("a.example", to: nil)
        #expect(try update(list, hour: 24).failed == ["a.example", "b.example"])
        _ = names.asked
        #expect(try update(list, hour: 24).lookedUpCount == 0)
        let mirrors = try published(list)
        for point in mirrors[0].accessPoints {
            #expect(mirrors[0].place(of: point).basis == .addresses)
            #expect(mirrors[0].place(of: point).sites == [SmallDatabases.frankfurt])
        }
        #expect(mirrors[1].accessPoints.allSatisfy { $0.place == nil })
        #expect(mirrors[1].accessPoints.allSatisfy { mirrors[1].place(of: $0).basis == .country })
        names.set("a.example", to: "203.0.113.7")
        names.set("b.example", to: "192.0.2.7")
        let frankfurt = try #require(SmallDatabases.frankfurt)
        let berlin = try #require(SmallDatabases.berlin)
        #expect(try update(list, hour: 25).failed == [])
        #expect(
            try published(list).map(\.sites) == [
                [berlin], [frankfurt],
            ]
        )
    }

    @Test func theOperatorsWordComesFirstAndTheListsNext() throws {
        let berlin = try #require(SmallDatabases.berlin)
        let frankfurt = try #require(SmallDatabases.frankfurt)
        let elsewhere = try #require(GeoLocation(latitude: 1, longitude: 2))
        let list = [
            Self.listed("a.example", at: [berlin]), Self.listed("b.example", at: [berlin]),
            Self.listed("c.example"),
        ]
        for mirror in list { names.set(mirror.name, to: "192.0.2.7") }
        _ = try update(list, hour: 0)
        try store.put(
            BlobKey("overrides.json"),
            Array(#"{"a.example": {"location": {"latitude": 1, "longitude": 2}}}"#.utf8)
        )
        let mirrors = try published(list)
        let bases = mirrors.map { mirror in mirror.accessPoints.map { mirror.place(of: $0).basis } }
        #expect(
            bases == [[.overrides, .overrides], [.list, .list], [.addresses, .addresses]]
        )
        #expect(
            mirrors.map(\.sites) == [[elsewhere], [berlin], [frankfurt]]
        )
        #expect(mirrors.allSatisfy { $0.accessPoints[0].place?.systems == [64_500] })
        // The list's own statement about the first one is not lost with the override.
        try store.delete(BlobKey("overrides.json"))
        #expect(try published(list)[0].sites == [berlin])
    }

    @Test func hostsThatLeaveTheListAreForgotten() throws {
        names.set("a.example", to: "192.0.2.7")
        names.set("b.example", to: "192.0.2.7")
        _ = try update([Self.listed("a.example"), Self.listed("b.example")], hour: 0)
        _ = try update([Self.listed("b.example")], hour: 1)
        #expect(try store.hostPlaces().byHost.keys.sorted() == ["b.example"])
        try store.forgetHostPlaces()
        #expect(try store.hostPlaces() == HostPlaces())
    }

    @Test(arguments: [
        "", "{}", "[]", #"{"version": 1, "hosts": {"a.example": {}}}"#,
        #"{"version": 1, "hosts": {"a.example": {"triedAt": "yesterday"}}}"#,
        #"{"version": 1, "hosts": {"a.example": {"triedAt": "2026-12-01T00:00:00Z", "#
            + #""systems": [-1]}}}"#,
        #"{"version": 1, "hosts": {"a.example": {"triedAt": "2026-12-01T00:00:00Z", "#
            + #""sites": {"latitude": 91, "longitude": 0}}}}"#,
        #"{"version": 2, "hosts": {}}"#,
    ])
    func placesThatCannotBeReadAreLookedUpAnew(text: String) throws {
        try store.put(BlobKey("places.json"), Array(text.utf8))
        let list = [Self.listed("a.example")]
        names.set("a.example", to: "192.0.2.7")
        #expect(try published(list)[0].sites == [])
        #expect(try update(list, hour: 0).lookedUpCount == 1)
        #expect(try published(list)[0].sites == [SmallDatabases.frankfurt])
    }

    @Test func whatWasFoundIsReadAsItWasWritten() throws {
        let list = [Self.listed("a.example"), Self.listed("b.example"), Self.listed("c.example")]
        names.set("a.example", to: "198.51.100.7")
        names.set("b.example", to: "192.0.2.7")
        _ = try update(list, hour: 0)
        let places = try store.hostPlaces()
        #expect(places.byHost.count == 3)
        #expect(try HostPlaces(json: JSONValue(parsing: places.json.serialized())) == places)
        let mirrors = MirrorList(mirrors: try published(list))
        #expect(mirrors.mirrors[0].accessPoints[0].place?.isAnycast == true)
        #expect(try MirrorList(json: JSONValue(parsing: mirrors.json.serialized())) == mirrors)
    }
}
