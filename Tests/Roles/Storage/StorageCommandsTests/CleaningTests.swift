import Catalogs
import Events
import FileDetailsFormat
import Foundation
import MapHolds
import ObjectStorage
import RegionMapFormat
import TestSupport
import Testing
import Time

@testable import StorageCommands

@Suite struct CatalogRetentionTests {
    /// Generations 1 to `count`, each a day younger than the previous one; the last one is of
    /// today.
    private func generations(_ count: Int) throws -> [StoredGeneration] {
        try (1...count).compactMap { number in
            let digits = String(number)
            let name = String(repeating: "0", count: 10 - digits.count) + digits
            return StoredGeneration(
                BlobEntry(
                    key: try BlobKey("catalog/\(name).catalog"),
                    byteCount: 1,
                    modifiedAt: now - Int64(count - number) * 86_400
                )
            )
        }
    }

    private let now: Int64 = 1_800_000_000

    private func expired(
        _ retention: CatalogRetention,
        named: Set<UInt32>
    ) throws -> [UInt32] {
        retention.expired(try generations(20), named: named, now: now).map(\.number)
    }

    @Test func keepsTheNewestAndTheYoungAndTheNamed() throws {
        let tenDays = CatalogRetention(newestCount: 3, seconds: 10 * 86_400)
        #expect(try expired(tenDays, named: [20]) == Array((1...10).reversed()))
        #expect(try expired(tenDays, named: [20, 10, 4]) == [9, 8, 7, 6, 5, 3, 2, 1])
        let few = CatalogRetention(newestCount: 3, seconds: 0)
        #expect(try expired(few, named: [20]) == Array((1...17).reversed()))
        let many = CatalogRetention(newestCount: 30, seconds: 0)
        #expect(try expired(many, named: [20]).isEmpty)
        let none = CatalogRetention(newestCount: 0, seconds: 0)
        #expect(try expired(none, named: [20]).first == 19)
    }

    /// A Leader has written 13 to 20 and may be about to name one.
    @Test func keepsWhatIsNewerThanAnythingNamed() throws {
        let none = CatalogRetention(newestCount: 1, seconds: 0)
        #expect(try expired(none, named: [12]) == Array((1...11).reversed()))
        #expect(try expired(none, named: []).isEmpty)
    }

    @Test(arguments: ["catalog/current", "catalog/x.catalog", "maps/1.catalog", "catalog/1"])
    func takesNothingElseForACatalog(_ key: String) throws {
        #expect(
            StoredGeneration(BlobEntry(key: try BlobKey(key), byteCount: 1, modifiedAt: 0)) == nil
        )
    }
}

@Suite struct CleaningTests {
    private let folder: TemporaryFolder
    private let store: FileStore

    init() throws {
        folder = try TemporaryFolder("cleaning")
        store = FileStore(folder: folder.path)
        let catalogs = CatalogStore(store)
        for number in 1...5 as ClosedRange<UInt32> {
            try catalogs.publish(.make(generation: number), replacing: catalogs.current())
        }
        try store.put(BlobKey("maps/europe.map"), .map(generation: 2))
        for number in [1, 2, 5] as [UInt32] {
            try store.put(
                BlobKey(FileDetailsKey.text(generation: number)),
                .details(generation: number)
            )
            try store.put(
                BlobKey(FileDetailsKey.folders(generation: number)),
                .folderNames(generation: number)
            )
        }
    }

    private func names() throws -> [String] {
        try store.list(prefix: "catalog/").map(\.text)
    }

    @Test func removesWhatNothingNames() throws {
        let cleaning = Cleaning(
            store,
            retention: CatalogRetention(newestCount: 1, seconds: 0),
            now: Lease.now() + 1
        )
        let rehearsal = try cleaning.run(isDryRun: true)
        #expect(try names().count == 6)
        let outcome = try cleaning.run()
        #expect(outcome == rehearsal)
        #expect(
            try names() == [
                "catalog/0000000002.catalog", "catalog/0000000005.catalog", "catalog/current",
            ]
        )
        #expect(
            outcome.details.map(\.text) == [
                "details/0000000001.details", "details/0000000001.folders",
            ]
        )
        #expect(try cleaning.run() == Cleaning.Outcome())
        #expect(try Verification(store).run().findings.isEmpty)
    }

    @Test func removesNothingWhenAMapCannotBeRead() throws {
        try store.put(BlobKey("maps/asia.map"), [1, 2, 3])
        let cleaning = Cleaning(store, retention: CatalogRetention(newestCount: 1, seconds: 0))
        #expect {
            try cleaning.run()
        } throws: { error in
            "\(error)".contains("maps/asia.map")
        }
        #expect(try names().count == 6)
    }

    /// Of two states without an access point, the younger may belong to a list about to be
    /// published.
    @Test func removesTheStatesOfAccessPointsThatAreGone() throws {
        try store.put(
            BlobKey("mirrors.json"),
            Array(
                """
                {"version": 1, "mirrors": [{"id": "m1", "name": "One", "country": "DE", \
                "region": "europe", "accessPoints": [{"id": "m1-https", "url": \
                "https://m1.example/"}]}]}
                """.utf8
            )
        )
        let names = [
            "gone-https.state", "m1-https.agenda", "m1-https.checks", "m1-https.state",
            "young-https.state",
        ]
        for name in names { try store.put(BlobKey("checks/\(name)"), [1]) }
        let longAgo = Date(timeIntervalSinceNow: -8 * 86_400)
        for name in names where !name.hasPrefix("young") {
            try FileManager.default.setAttributes(
                [.modificationDate: longAgo],
                ofItemAtPath: folder.appending("checks/\(name)")
            )
        }
        let outcome = try Cleaning(store, retention: CatalogRetention()).run()
        // The state that version 1 left is not needed beside that of version 2.
        #expect(
            outcome.checkStates.map(\.text) == [
                "checks/gone-https.state", "checks/m1-https.checks",
            ]
        )
        #expect(
            try store.list(prefix: "checks/").map(\.text) == [
                "checks/m1-https.agenda", "checks/m1-https.state", "checks/young-https.state",
            ]
        )
        try store.delete(BlobKey("checks/m1-https.state"))
        try store.put(BlobKey("checks/m1-https.checks"), [1])
        try FileManager.default.setAttributes(
            [.modificationDate: longAgo],
            ofItemAtPath: folder.appending("checks/m1-https.checks")
        )
        #expect(try Cleaning(store, retention: CatalogRetention()).run().checkStates == [])
        try store.put(BlobKey("mirrors.json"), [1])
        #expect(throws: CleaningError.self) {
            try Cleaning(store, retention: CatalogRetention()).run()
        }
    }

    @Test func forgetsLeasesThatNobodyCanHold() throws {
        for (name, hours) in [
            ("check-m1", 8 * 24), ("check-m2", 6 * 24), ("conditions-1abc", 2), ("conditions-2", 0),
        ] {
            try store.put(BlobKey("leases/\(name)"), [1])
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -3600 * Double(hours))],
                ofItemAtPath: folder.appending("leases/\(name)")
            )
        }
        let outcome = try Cleaning(store, retention: CatalogRetention()).run()
        #expect(outcome.leases.map(\.text) == ["leases/check-m1", "leases/conditions-1abc"])
        #expect(
            try store.list(prefix: "leases/").map(\.text) == [
                "leases/check-m2", "leases/conditions-2",
            ]
        )
    }

    @Test func removesOldEventsAndTheRecordsOfWhatRunsNoMore() throws {
        let now = Timestamp(secondsSinceEpoch: Lease.now())
        let today = EventDay(of: now)
        let old = today.advanced(byDays: -EventDay.keptDays - 1)
        for day in [today, today.advanced(byDays: -EventDay.keptDays), old] {
            try store.put(BlobKey(day.key), [])
        }
        for (name, days) in [("builder", 31), ("leader", 29), ("checker/0", 31)] {
            try store.put(BlobKey("runs/\(name).json"), [1])
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -86_400 * Double(days))],
                ofItemAtPath: folder.appending("runs/\(name).json")
            )
        }
        let outcome = try Cleaning(store, retention: CatalogRetention()).run()
        #expect(outcome.events.map(\.text) == [old.key])
        #expect(outcome.records.map(\.text) == ["runs/builder.json", "runs/checker/0.json"])
        #expect(try store.list(prefix: "events/").count == 2)
        #expect(try store.list(prefix: "runs/").map(\.text) == ["runs/leader.json"])
    }

    @Test func removesHoldsThatAreOver() throws {
        let now = Timestamp(secondsSinceEpoch: Lease.now())
        let long = now.advanced(bySeconds: -8 * 86_400)
        try store.put(MapHold(since: long, reason: "over"), of: "asia")
        let week = long.advanced(bySeconds: 1)
        try store.put(MapHold(since: week, reason: "over, almost for a week"), of: "oceania")
        try store.put(MapHold(since: now, reason: "in force"), of: "europe")
        try store.put(BlobKey(MapHold.key(of: "africa")), Array("{}".utf8))
        let cleaning = Cleaning(store, retention: CatalogRetention(), now: now.secondsSinceEpoch)
        #expect(try cleaning.run(isDryRun: true).mapHolds.map(\.text) == ["holds/asia.json"])
        #expect(try store.list(prefix: MapHold.prefix).count == 4)
        #expect(try cleaning.run().mapHolds.map(\.text) == ["holds/asia.json"])
        #expect(
            try store.list(prefix: MapHold.prefix).map(\.text)
                == ["holds/africa.json", "holds/europe.json", "holds/oceania.json"]
        )
    }

    @Test func aHoldThatAnOperatorWritesMeanwhileStays() throws {
        let now = Timestamp(secondsSinceEpoch: Lease.now())
        let store = HoldingStore(MapHold(since: now, reason: "again"))
        let long = now.advanced(bySeconds: -8 * 86_400)
        try store.base.put(MapHold(since: long, reason: "over"), of: "asia")
        let cleaning = Cleaning(store, retention: CatalogRetention(), now: now.secondsSinceEpoch)
        #expect(try cleaning.run().mapHolds == [])
        #expect(try store.base.mapHold(of: "asia", at: now)?.reason == "again")
    }

    @Test func removesTheTemporaryFilesOfKilledWriters() throws {
        let orphan = try folder.write("half", to: "maps/.europe.map.1abc")
        let fresh = try folder.write("half", to: "maps/.asia.map.2def")
        let longAgo = Date(timeIntervalSinceNow: -2 * 3600)
        for path in [orphan, folder.appending(".lock")] {
            try FileManager.default.setAttributes([.modificationDate: longAgo], ofItemAtPath: path)
        }
        let outcome = try Cleaning(store, retention: CatalogRetention()).run()
        #expect(outcome.temporaryFiles == [orphan])
        #expect(FileManager.default.fileExists(atPath: fresh))
        #expect(FileManager.default.fileExists(atPath: folder.appending(".lock")))
    }
}

/// A store in which an operator holds Asia's map right after its hold was read.
private final class HoldingStore: WrappedStore {
    let base = InMemoryStore()
    private let hold: MapHold

    init(_ hold: MapHold) {
        self.hold = hold
    }

    func after(_ operation: StoreOperation, _ key: String) throws(StorageError) {
        guard operation == .get, key == MapHold.key(of: "asia") else { return }
        try base.put(hold, of: "asia")
    }
}
