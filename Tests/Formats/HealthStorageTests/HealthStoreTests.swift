import HealthFormat
import HealthStorage
import JSON
import Mirrors
import ObjectStorage
import RegionMapFormat
import TestSupport
import Testing
import Time

@Suite struct HealthStoreTests {
    let store = InMemoryStore()
    let now = Timestamp(secondsSinceEpoch: 1_795_362_420)

    private var health: HealthStore { HealthStore(store) }

    private func probe(_ id: String, at time: Timestamp) -> (inout Health) -> Void {
        { health in
            health.probedAt = time
            health.statuses[id] = Health.Status(since: time, checkedAt: time)
        }
    }

    private func doubt(_ id: String, at time: Timestamp) -> (inout Health) -> Void {
        { $0.doubts[id] = Health.Doubt(reason: .lost, since: time, scope: .whole) }
    }

    @Test func writersKeepTheSectionsOfOthers() throws {
        try health.update(now: now, probe("a", at: now))
        try health.update(now: now, doubt("a", at: now))
        try health.update(now: now) { $0.closures["b"] = Health.Closure(since: now) }
        let later = now.advanced(bySeconds: 60)
        let written = try health.update(now: later, probe("b", at: later))
        #expect(written.statuses.keys.sorted() == ["a", "b"])
        #expect(written.doubts.keys.sorted() == ["a"])
        #expect(written.closures.keys.sorted() == ["b"])
        #expect(try health.read() == written)
        let json = try #require(store.get(BlobKey(Health.jsonKey)))
        #expect(try Health(json: JSONValue(parsing: json.bytes)).statuses == written.statuses)
    }

    /// An access point that has been up since yesterday according to 0.1.0 stays up since
    /// yesterday.
    @Test func beginsWithWhatOlderProgramsWrote() throws {
        let json = """
            {"version":1,"checkedAt":1795362400,"accessPoints":{"a":{"up":true,"since":17},\
            "b":{"up":false,"since":18,"problem":"404 for x"}}}
            """
        try store.put(BlobKey(Health.jsonKey), Array(json.utf8))
        #expect(try health.read().statuses["b"]?.outage == .status(404))
        let written = try health.update(now: now, doubt("a", at: now))
        #expect(written.statuses["a"]?.since.secondsSinceEpoch == 17)
        #expect(written.doubts.count == 1)
    }

    @Test func aDamagedBlobIsReplacedAndNobodyClosedIsOpened() throws {
        try health.update(now: now, probe("a", at: now))
        try health.update(now: now) { $0.closures["b"] = Health.Closure(since: now) }
        let key = try BlobKey(Health.key)
        var bytes = try #require(store.get(key)).bytes
        bytes[40] ^= 1
        try store.put(key, bytes)
        try health.update(now: now, probe("c", at: now))
        let read = try Health(decoding: #require(store.get(key)).bytes)
        #expect(read.statuses.keys.sorted() == ["a", "c"])
        #expect(read.closures.keys.sorted() == ["b"])
    }

    /// During a rolling update the newer program's blob outlives the older program's runs.
    @Test func aNewerBlobStaysAsItIs() throws {
        let key = try BlobKey(Health.key)
        var bytes = Health().encoded()
        bytes[4] = 2
        bytes = Self.sealed(bytes)
        try store.put(key, bytes)
        try health.update(now: now, probe("a", at: now))
        #expect(store.get(key)?.bytes == bytes)
    }

    private static func sealed(_ bytes: [UInt8]) -> [UInt8] {
        var checksum = CRC32()
        unsafe checksum.update(Array(bytes[..<28] + bytes[32...]).span.bytes)
        var sealed = bytes
        for index in 0..<4 {
            sealed[28 + index] = UInt8(truncatingIfNeeded: checksum.value >> (8 * index))
        }
        return sealed
    }

    @Test func aClockThatWasAheadIsForgotten() throws {
        let future = now.advanced(bySeconds: 30 * 86_400)
        try health.update(now: future, probe("a", at: future))
        let written = try health.update(now: now, probe("b", at: now))
        #expect(written.statuses["a"]?.since == now)
        #expect(written.probedAt == now)
        #expect(written.writtenAt == now)
    }

    /// Each of many writers gets its turn, and sees everything that was there before.
    @Test func noWriterIsLostUnderContention() throws {
        let contested = ContestedStore(store)
        let errors = inThreads(Array(0..<9)) { [now] writer -> String? in
            let store = HealthStore(contested)
            do {
                for round in 0..<20 {
                    let id = "w\(writer)-\(round)"
                    try store.update(now: now) { health in
                        if writer == 0 {
                            health.statuses[id] = Health.Status(since: now, checkedAt: now)
                            health.probedAt = now
                        } else {
                            health.doubts[id] = Health.Doubt(
                                reason: .lost,
                                since: now,
                                scope: .whole
                            )
                        }
                    }
                }
                return nil
            } catch {
                return "\(error)"
            }
        }
        #expect(errors.compactMap(\.self) == [])
        let read = try health.read()
        #expect(read.statuses.count == 20)
        #expect(read.doubts.count == 160)
        #expect(contested.conflictCount > 0)
    }

    /// If others write each time, a writer gives up in time and reports it.
    @Test func thePatienceEnds() throws {
        let late = ContestedStore(store, isAlwaysLate: true)
        let health = HealthStore(late, against: Contention(patienceSeconds: 0.2))
        #expect(throws: StorageError.conditionFailed(key: Health.key)) {
            try health.update(now: now, probe("a", at: now))
        }
        #expect(late.conflictCount > 2)
    }
}
