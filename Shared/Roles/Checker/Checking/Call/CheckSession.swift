import Catalogs
import CheckPlanning
import FunctionRuntime
import Glibc
import HealthFormat
import HealthStorage
package import Heartbeats
package import JSON
import MirrorStorage
package import Mirrors
package import ObjectStorage
import Time

/// One call of the checker from its request to its result: health first, then files.
package struct CheckSession {
    let request: CheckRequest
    let store: any BlobStore
    let clock: any CheckClock
    let leaseClock: @Sendable () -> Int64
    let launcher: any JobLauncher
    let shouldStop: () -> Bool
    let screen: Progress.Screen?
    private let report: (JSONValue) -> Void
    let pause: (Double) -> Void
    /// The record of the run for operators.
    let notes: RunNotes

    /// Prepares a call; only ``run(makeTransport:)`` reads storage.
    ///
    /// Progress is shown on a `screen`; without one, `report` gets an object for each access point
    /// at the end. `launcher` determines where storage jobs run. `pause` sleeps for less than a
    /// second.
    package init(
        request: CheckRequest,
        store: any BlobStore,
        clock: any CheckClock,
        leaseClock: @escaping @Sendable () -> Int64 = Lease.now,
        launcher: any JobLauncher = InlineLauncher(),
        screen: Progress.Screen? = nil,
        report: @escaping (JSONValue) -> Void = Log.report,
        pause: @escaping (Double) -> Void = { usleep(UInt32($0 * 1_000_000)) },
        notes: RunNotes = RunNotes(author: "checker"),
        shouldStop: @escaping () -> Bool = { false }
    ) {
        self.request = Self.limited(request, at: clock.now)
        self.store = store
        self.clock = clock
        self.leaseClock = leaseClock
        self.launcher = launcher
        self.screen = screen
        self.report = report
        self.pause = pause
        self.notes = notes
        self.shouldStop = shouldStop
    }

    /// Carries out the request and returns the result.
    ///
    /// `makeTransport` gets the access points in scope, in the order of their numbers. Throws
    /// ``FunctionError/badRequest(_:)`` if the request names something that is not in the mirror
    /// list.
    package func run(
        makeTransport: ([AccessPoint]) throws(CheckingError) -> any Transport
    ) throws -> JSONValue {
        if request.mode == .check, try !store.honoursConditions() {
            throw StorageError.conditionsIgnored
        }
        if let lateResult { return lateResult }
        let claim = try Claim(request, store, leaseClock)
        if request.unlessRunning, let runningResult = claim.runningResult { return runningResult }
        defer { claim.release() }
        let mirrors = try store.mirrors()
        let scope = try CheckScope(request, mirrors: mirrors, own: share(of: mirrors))
        if let from = request.from, try store.regions()[from] == nil {
            throw FunctionError.badRequest("from: there is no region \"\(from)\"")
        }
        let handedOut = handOut(scope.accessPoints)
        let calls = JSONValue.array(handedOut.map(\.json))
        if calls != [] { waitForCalls() }
        let catalog = try loadCatalog()
        let transport = try makeTransport(scope.accessPoints)
        transport.expect(catalog)
        warnOfAnonymity(scope.accessPoints)
        let results = try probe(scope, catalog, transport)
        let notChecked = scope.omissions(transport)
        switch request.mode {
        case .probe:
            return probeJSON(results, notChecked)
        case .check:
            let startedAt = clock.now
            let (earlier, doubtsBefore) = (earlierLines(), doubts())
            measureThroughput(scope, probed: results, of: catalog, through: transport)
            var report = try check(
                scope,
                probed: results,
                against: catalog,
                through: transport,
                under: claim,
                after: earlier
            )
            report.notChecked = notChecked
            leave(
                report,
                startedAt: startedAt,
                after: earlier,
                doubtsBefore: doubtsBefore,
                slot: request.slot(behind: handedOut.count),
                isShared: !handedOut.isEmpty
            )
            if screen == nil { log(report) }
            var object = report.json
            object["mode"] = "check"
            if calls != [] { object["calls"] = calls }
            object["generation"] = .integer(Int64(report.generation))
            object["health"] = .object(countsJSON(results))
            return .object(object)
        }
    }

    /// Warns that the mirrors of others are asked without a contact, which their administrators may
    /// block.
    private func warnOfAnonymity(_ accessPoints: [AccessPoint]) {
        guard let rate = request.settings.anonymousRequestsPerSecond,
            accessPoints.contains(where: { $0.mayBePublic })
        else { return }
        notes.warn(
            "CHECK_CONTACT is not set, so mirrors get \(rate) questions a second at most: set it "
                + "to a URL or an address that their administrators can turn to"
        )
    }

    /// The catalog; nil for a probe, which does not need it.
    private func loadCatalog() throws(CatalogError) -> Catalog {
        do {
            return try store.catalog()
        } catch .unpublished where request.mode == .probe {
            return Catalog()
        }
    }

    /// Logs one JSON line for each access point.
    private func log(_ report: CheckReport) {
        for line in report.accessPoints { self.report(.object(line.json)) }
        for omission in report.notChecked { self.report(omission.json) }
    }
}
