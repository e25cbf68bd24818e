import Catalogs
import CheckStates
import Events
import FunctionRuntime
import HealthFormat
import Heartbeats
import Mirrors
import ObjectStorage
import RunRecords
import SampleDeployment
import StatusPages
import TestSupport
import Testing
import Time

/// The reads and writes of scheduled runs: in a bucket each blob is a request to pay and to wait
/// for.
@Suite struct RunCostTests {
    private func deployment() throws -> Deployment {
        var deployment = try Deployment()
        for number in 0..<60 {
            try deployment.add("mirror\(number).example") { $0 % 60 == number ? .absent : .present }
        }
        for role in [RunRecord.Role.leader, .probe, .checker, .builder] {
            try note(role, at: .now, in: deployment)
        }
        return deployment
    }

    private func note(
        _ role: RunRecord.Role,
        at time: Timestamp,
        in deployment: Deployment
    ) throws {
        try deployment.store.note(role) { previous in
            RunRecord(
                role,
                program: Function.version,
                startedAt: time,
                endedAt: time,
                intervalSeconds: 300,
                after: previous
            )
        }
    }

    private func run(_ store: CountingStore, seconds: Int64) throws {
        let now = Timestamp.now.advanced(bySeconds: seconds)
        let heartbeat = try Heartbeat(
            .status,
            store,
            Environment(["RUN_INTERVAL_SECONDS": "300"])
        ) { now }
        _ = try heartbeat.around { notes in
            try StatusPublication(store: store, settings: Deployment.settings, now: now).run(notes)
        }
    }

    @Test func whereNothingChangedFiveBlobsAreReadAndOnlyMomentsWritten() throws {
        let store = CountingStore(try deployment().store)
        try run(store, seconds: 0)
        try run(store, seconds: 300)
        for operation in [StoreOperation.get, .put, .list] { _ = store.takeKeys(operation) }
        try run(store, seconds: 600)
        let reads = store.takeKeys(.get)
        #expect(reads.count <= 5, "\(reads)")
        let writes = store.takeKeys(.put)
        #expect(
            writes.filter { $0.hasPrefix("status/") } == [
                "status/index.html", "status/metrics.prom", "status/status.json",
            ]
        )
        #expect(writes.count <= 7, "\(writes)")
        #expect(store.takeKeys(.delete).isEmpty)
        #expect(store.takeKeys(.list).count <= 2)
    }

    /// In five minutes every function ran, and ten mirrors were checked: one lost a file, one got a
    /// file that it lacked, and one went down.
    @Test func aUsualRunWritesTwentyPagesAtMost() throws {
        var deployment = try deployment()
        let store = CountingStore(deployment.store)
        try run(store, seconds: 0)
        let later = Timestamp.now.advanced(bySeconds: 280)
        for role in [RunRecord.Role.leader, .probe, .checker, .builder] {
            try note(role, at: later, in: deployment)
        }
        for number in 0..<10 {
            let id = "mirror\(number).example-https"
            var state = CheckState(accessPointID: id, baseURL: "https://mirror\(number).example/")
            for file in 0..<100 {
                let isAbsent =
                    number == 0 ? file < 3 : number == 1 ? false : file % 60 == number
                // An absence is as old as the first consecutive answer of that kind.
                state[FileID(UInt32(file))] =
                    isAbsent ? .make(.absent, hours: 1) : .make(.present, hours: 0)
            }
            try deployment.store.put(BlobKey(CheckState.key(of: id)), state.encoded())
        }
        try deployment.add("late.example", status: .down(.timedOut, hours: 0))
        try deployment.touch(at: later)
        deployment.store.append([
            Event(.down, "late.example-https", at: later, by: "checker-probe", is: "timeout")
        ])
        _ = store.takeKeys(.put)
        _ = store.takeKeys(.get)
        try run(store, seconds: 300)
        let pages = store.takeKeys(.put).filter { $0.hasPrefix("status/") }
        #expect(pages.count <= 20, "\(pages)")
        #expect(pages.contains("status/m/mirror0.example.html"))
        #expect(pages.contains("status/m/mirror1.example.html"))
        #expect(pages.contains("status/m/late.example.html"))
        #expect(!pages.contains("status/m/mirror40.example.html"))
    }
}
