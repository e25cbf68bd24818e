import Catalogs
import CheckStates
import Events
import Heartbeats
import JSON
import MapBuilding
import MapHolds
import ObjectStorage
import TestSupport
import Testing
import Time

/// The records that a build leaves beside its maps.
@Suite struct MapPublicationNotesTests {
    private let deployment: BuilderDeployment

    init() throws {
        deployment = try BuilderDeployment()
    }

    private func build(_ notes: RunNotes) throws -> MapPublication.Outcome {
        var settings = MapPublication.Settings()
        settings.regions = ["europe"]
        return try MapPublication(store: deployment.store, settings: settings, now: .now)
            .run(notes)
    }

    @Test func notesMirrorsThatCameAndWent() throws {
        try deployment.deploy(mirrorCount: 5)
        let first = RunNotes(author: "builder")
        _ = try build(first)
        #expect(first.events.map(\.kind) == [.map])
        #expect(first.events.first?.text?.hasPrefix("+5 mirrors (m0, m1, m2 and 2 more)") == true)
        let same = RunNotes(author: "builder")
        _ = try build(same)
        #expect(same.events == [])
        try deployment.deploy(mirrorCount: 4)
        let fewer = RunNotes(author: "builder")
        _ = try build(fewer)
        let event = try #require(fewer.events.first)
        #expect(event.region == "europe")
        #expect(event.subject == "2")
        #expect(
            event.text?.hasPrefix("-1 mirror (m4); -1 access point (m4-http); ") == true,
            "\(event.text ?? "")"
        )
        #expect(event.text?.hasSuffix("% of redirects moved") == true)
    }

    @Test func notesWhatAGuardRailRefused() throws {
        try deployment.deploy(pathCount: 10)
        _ = try build(RunNotes(author: "builder"))
        try deployment.deploy(pathCount: 5)
        let notes = RunNotes(author: "builder")
        #expect(throws: MapBuildingError.self) { try build(notes) }
        #expect(notes.events.map(\.kind) == [.mapRefused])
        #expect(notes.events.first?.subject == "europe")
        #expect(notes.refusals.keys.sorted() == ["europe"])
    }

    /// No guard rail can compare the new map with a damaged one.
    @Test func warnsOfAMapThatCannotBeRead() throws {
        try deployment.deploy(pathCount: 10)
        let good = RunNotes(author: "builder")
        _ = try build(good)
        #expect(good.warnings == [])
        var bytes = try #require(deployment.store.get(deployment.key)).bytes
        bytes[bytes.count - 1] ^= 1
        try deployment.store.put(deployment.key, bytes)
        try deployment.deploy(pathCount: 5)
        let notes = RunNotes(author: "builder")
        _ = try build(notes)
        let warning = try #require(notes.warnings.first)
        #expect(notes.warnings.count == 1)
        #expect(warning.hasPrefix("maps/europe.map cannot be read"))
        #expect(notes.refusals.isEmpty)
        let next = RunNotes(author: "builder")
        _ = try build(next)
        #expect(next.warnings == [])
    }

    /// A map that was rolled back is not replaced a minute later.
    @Test func aHeldMapStaysAsItIs() throws {
        try deployment.deploy(pathCount: 10)
        _ = try build(RunNotes(author: "builder"))
        let before = deployment.store.get(deployment.key)
        try deployment.deploy(pathCount: 12)
        let hold = MapHold(since: .now, reason: "half of Asia was gone")
        try deployment.store.put(hold, of: "europe")
        let outcome = try build(RunNotes(author: "builder"))
        guard case .held(hold)? = outcome.regions.first?.outcome else {
            Issue.record("\(outcome)")
            return
        }
        guard case .object(let object) = outcome.json else {
            Issue.record("\(outcome.json)")
            return
        }
        #expect(
            object["regions"] == [
                "europe": [
                    "published": false, "heldUntil": .string("\(hold.until)"),
                    "reason": "half of Asia was gone",
                ]
            ]
        )
        #expect(deployment.store.get(deployment.key) == before)
        try deployment.store.releaseMap(of: "europe")
        _ = try build(RunNotes(author: "builder"))
        #expect(deployment.store.get(deployment.key) != before)
    }
}
