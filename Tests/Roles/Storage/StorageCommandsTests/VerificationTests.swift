import Catalogs
import CheckStates
import Events
import HealthFormat
import Histories
import JSON
import Mirrors
import ObjectStorage
import RegionMapFormat
import RunRecords
import StatusFacts
import TestSupport
import Testing
import Time

@testable import StorageCommands

@Suite struct VerificationTests {
    private let store = InMemoryStore()

    init() throws {
        let catalogs = CatalogStore(store)
        try catalogs.publish(.make(generation: 3), replacing: catalogs.current())
        try store.put(BlobKey("maps/europe.map"), .map(generation: 3))
        try store.put(
            BlobKey("mirrors.json"),
            Array(
                """
                {"version": 1, "mirrors": [{"id": "m1", "name": "One", "country": "DE", "region": \
                "europe", "accessPoints": [
                  {"id": "m1-https", "url": "https://m1.example/"}]}]}
                """.utf8
            )
        )
        try store.put(
            BlobKey(CheckState.key(of: "m1-https")),
            CheckState(accessPointID: "m1-https", baseURL: "https://m1.example/").encoded()
        )
        let now = Timestamp(secondsSinceEpoch: 9)
        var health = Health()
        health.probedAt = now
        try store.put(BlobKey(Health.key), health.encoded())
        try store.put(BlobKey(Health.jsonKey), health.json(at: now).serialized())
        _ = try Lease.acquire("check-m1", for: 60, in: store)
        try store.put(BlobKey("leases/conditions-1abc"), Array("1abc".utf8))
        try store.put(BlobKey("maps/europe.report.json"), Array(#"{"region":"europe"}"#.utf8))
        try store.put(BlobKey("details/0000000003.details"), .details(generation: 3))
        try store.put(BlobKey("details/0000000003.folders"), .folderNames(generation: 3))
        try store.put(BlobKey("latency/europe.json"), ProbeSamples().json.serialized())
        try store.put(BlobKey(History.key), History(beginningAt: 3).encoded())
        try store.put(BlobKey(RememberedFacts.key), RememberedFacts().encoded())
        try store.put(BlobKey("history/pages.json"), Array(#"{"version":1,"pages":{}}"#.utf8))
        try store.put(BlobKey("status/index.html"), Array("<!DOCTYPE html>".utf8))
        try store.note(.builder) { previous in
            RunRecord(.builder, program: "1", startedAt: now, endedAt: now, after: previous)
        }
        try store.note(
            CheckRecord(
                slot: "0",
                startedAt: now,
                endedAt: now,
                ending: "nothing due",
                generation: 3,
                lines: [CheckRecord.Line(id: "m1-https", at: now)]
            )
        )
        store.append([Event(.down, "m1-https", at: now, by: "checker-probe")])
    }

    /// Blobs that operators write are validated by their readers' code, both on verification and
    /// before they are stored.
    @Test(arguments: [
        ("classes.json", #"{"version":1,"mutable":["a//b"]}"#, "mutable"),
        ("overrides.json", #"{"m2":{"weight":50}}"#, "m2"),
        ("overrides.json", #"{"m1":{"wieght":50}}"#, "wieght"),
        ("regions.json", #"{"version":1}"#, "regions"),
        ("mirrors.json", #"{"version":1,"mirrors":[{"id":"m1"}]}"#, "mirrors[0]"),
        ("mirrors.json", "{", "JSON"),
        ("own-mirrors.json", #"{"mirrors":[{"name":"m3","country":"DE"}]}"#, "mirrors[0].urls"),
    ])
    func whatIsWrittenByHandIsReadByItsReader(key: String, text: String, word: String) throws {
        let bytes = Array(text.utf8)
        let problem = try OperatorBlob.problem(of: BlobKey(key), bytes, in: store)
        #expect(problem?.contains(word) == true, "\(problem ?? "nothing")")
        try store.put(BlobKey(key), bytes)
        #expect(try findings().contains { $0.key == key && $0.problem == problem })
    }

    @Test func whatIsRightIsPut() throws {
        for (key, text) in [
            ("classes.json", #"{"version":1,"mutable":["*/current-*"]}"#),
            ("overrides.json", #"{"m1":{"weight":50}}"#), ("maps/europe.map", "anything"),
            (
                "own-mirrors.json",
                #"{"mirrors":[{"name":"m3","country":"DE","urls":["https://m3.example/"]}]}"#
            ),
        ] {
            #expect(try OperatorBlob.problem(of: BlobKey(key), Array(text.utf8), in: store) == nil)
        }
        // Before the first import there are no mirrors to compare with.
        let empty = InMemoryStore()
        let bytes = Array(#"{"m9":{"weight":50}}"#.utf8)
        #expect(try OperatorBlob.problem(of: BlobKey("overrides.json"), bytes, in: empty) == nil)
    }

    private func findings() throws -> [Verification.Finding] {
        try Verification(store).run().findings
    }

    @Test func findsNothingWrongWhereNothingIs() throws {
        let outcome = try Verification(store).run()
        #expect(outcome.findings == [])
        #expect(outcome.notes == [])
        #expect(outcome.blobCount == 20)
    }

    /// One flipped bit in the middle of each blob that has a checksum.
    @Test(
        arguments: [
            "catalog/0000000003.catalog", "maps/europe.map", "checks/m1-https.state", "health",
            "history/mirrors",
        ]
    )
    func findsAFlippedBit(_ text: String) throws {
        let key = try BlobKey(text)
        var bytes = try #require(store.get(key)).bytes
        bytes[bytes.count / 2] ^= 4
        try store.put(key, bytes)
        #expect(try findings().contains { $0.key == text && $0.problem.contains("CRC-32") })
    }

    @Test(arguments: [
        "mirrors.json", "health", "health.json",
        "catalog/current", "leases/check-m1", "maps/europe.map",
        "checks/m1-https.state", "catalog/0000000003.catalog", "regions.json", "overrides.json",
        "maps/europe.report.json", "details/0000000003.details",
        "details/0000000003.folders", "latency/europe.json", "classes.json", "runs/builder.json",
        "runs/checker/0.json",
        "events/1970-01-01.jsonl", "history/mirrors", "history/pages.json",
        "history/notices.json",
    ])
    func findsACutBlob(_ text: String) throws {
        try store.put(BlobKey(text), Array("{\"ver".utf8))
        #expect(try findings().contains { $0.key == text })
    }

    @Test func knowsTheClassesOfFiles() throws {
        let classes = #"{"version":1,"mutable":["latest-*.txt"]}"#
        try store.put(BlobKey("classes.json"), Array(classes.utf8))
        let outcome = try Verification(store).run()
        #expect(outcome.findings == [])
        #expect(outcome.notes == [])
    }

    @Test func findsBrokenReferences() throws {
        try store.put(BlobKey("catalog/current"), Array(#"{"generation":2}"#.utf8))
        try store.put(
            BlobKey("checks/m2-https.state"),
            CheckState(accessPointID: "m2-https", baseURL: "https://m2.example/").encoded()
        )
        try store.put(
            BlobKey("checks/m3-https.state"),
            CheckState(accessPointID: "m1-https", baseURL: "https://m1.example/").encoded()
        )
        try store.put(
            BlobKey("catalog/0000000009.catalog"),
            Catalog.make(generation: 3).encoded()
        )
        let keys = Set(try findings().map(\.key))
        #expect(
            keys == [
                "catalog/current", "maps/europe.map", "checks/m3-https.state",
                "catalog/0000000009.catalog",
            ]
        )
    }

    @Test func findsRecordsUnderOtherNames() throws {
        for (from, to) in [
            ("runs/builder.json", "runs/leader.json"),
            ("runs/checker/0.json", "runs/checker/1.json"),
            ("events/1970-01-01.jsonl", "events/today.jsonl"),
        ] {
            try store.put(BlobKey(to), #require(store.get(BlobKey(from))).bytes)
            #expect(try findings().contains { $0.key == to })
        }
    }

    /// The blobs of a mirror that was removed, and those of another program or a later release.
    @Test func notesWhatNothingUses() throws {
        let strangers = [
            "notes.txt", "mirrors.json.bak", "catalog/x", "maps/europe.map.old",
            "details/x",
        ]
        for key in strangers { try store.put(BlobKey(key), [1]) }
        let gone = CheckState(accessPointID: "m2-https", baseURL: "https://m2.example/")
        try store.put(BlobKey("checks/m2-https.state"), gone.encoded())
        let outcome = try Verification(store).run()
        #expect(outcome.findings == [])
        #expect(
            Set(outcome.notes.map(\.key)) == Set(strangers + ["checks/m2-https.state"])
        )
    }
}
