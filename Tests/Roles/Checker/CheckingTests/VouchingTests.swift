import Catalogs
import CheckPlanning
import CheckStates
import Checking
import Foundation
import Linux
import Mirrors
import ObjectStorage
import TestSupport
import Testing
import Time

/// `checkBy: shared` with a real rsyncd and a real nginx: what the listing renews, and when that
/// ends.
@Suite final class VouchingTests {
    static let fileCount = 400
    static let hour: Int64 = 3_600

    let store = InMemoryStore()
    let web: TemporaryFolder
    let listed: TemporaryFolder
    let nginx: Nginx
    let daemon: RsyncDaemon
    let points: [AccessPoint]
    var catalog: Catalog

    init() throws {
        web = try TemporaryFolder("web")
        listed = try TemporaryFolder("listed")
        var catalog = Catalog(generation: 1)
        for number in 0..<Self.fileCount {
            let text = String(repeating: "a", count: number + 1)
            for folder in [web, listed] { try folder.write(text, to: "f\(number)") }
            catalog.append(.make("f\(number)", byteCount: UInt64(number + 1)))
        }
        self.catalog = catalog
        nginx = try Nginx(root: web.path)
        daemon = try RsyncDaemon(root: listed.path)
        points = [
            .make("m-http", baseURL: nginx.baseURL),
            .make("m-rsync", baseURL: daemon.baseURL, scheme: .rsync),
        ]
    }

    /// Makes one run, a number of hours after the real time.
    @discardableResult
    func check(hours: Int64, isShared: Bool = true) throws -> [CheckReport.Line] {
        var settings = CheckSettings()
        settings.requestsPerSecond = 0
        settings.isPipelining = false
        settings.policy.recheckSeconds = 0
        settings.policy.shrinkPercent = 100
        let run = CheckRun(
            targets: points.enumerated().map {
                CheckRun.Target(
                    number: AccessPointNumber(index: $0),
                    profile: AccessPointProfile($1),
                    relatives: isShared && $1.scheme == .http
                        ? [CheckRun.Relative(points[1], .listing)] : []
                )
            },
            policy: .make(catalog, settings),
            transport: try ProtocolTransport(
                accessPoints: points,
                settings: settings,
                version: "9.9"
            ),
            states: CheckStateStore(store),
            leases: CheckLeases(store),
            settings: settings,
            clock: RealMirror.ShiftedClock(shift: hours * Self.hour),
            random: SeededGenerator(seed: 1),
            shouldStop: { false }
        )
        return try run.run().accessPoints
    }

    func state(_ number: Int) throws -> CheckState {
        try CheckStateStore(store).load(points[number]).state
    }

    /// The files for which the Builder may send clients.
    func believed() throws -> Set<String> {
        let state = try state(0)
        let ids = catalog.ids.filter { state.outcome(of: $0) == .present && state[$0].isTrusted }
        return Set(ids.map { catalog.path(of: $0).description })
    }

    /// The number of files seen, and asked for by name, in the hours after the first day.
    func laterProofs() throws -> (seen: Int, asked: Int) {
        let state = try state(0)
        let day = Timestamp.now.advanced(bySeconds: 24 * Self.hour)
        return (
            catalog.ids.count { state[$0].observedAt > day },
            catalog.ids.count { state[$0].askedAt > day }
        )
    }

    @Test func aListingThatAgreesRenewsWhatWasNotAskedFor() throws {
        let first = try check(hours: 0)
        // A file that was never seen here is asked for with HEAD, whatever the listing contains.
        #expect(first[0].askedCount == Self.fileCount)
        #expect(try believed().count == Self.fileCount)
        // The listing of the next day, and a visit that needs the state.
        for hours in [26, 29] as [Int64] { try check(hours: hours) }
        let (seen, asked) = try laterProofs()
        #expect(seen == Self.fileCount)
        #expect(asked < Self.fileCount)
        #expect(try believed().count == Self.fileCount)
    }

    @Test func withoutTheOverrideOnlyQuestionsRenew() throws {
        try check(hours: 0)
        for hours in [26, 29] as [Int64] { try check(hours: hours, isShared: false) }
        let (seen, asked) = try laterProofs()
        #expect(seen == asked)
        #expect(seen < Self.fileCount)
    }

    @Test func aListingThatDisagreesRenewsNothing() throws {
        try check(hours: 0)
        let gone = Set((0..<Self.fileCount).filter { $0.isMultiple(of: 5) }.map { "f\($0)" })
        for name in gone { try FileManager.default.removeItem(atPath: web.appending(name)) }
        // Found missing, then listed, then found missing again.
        for hours in [2, 3, 26, 29, 32, 52, 60, 63] as [Int64] { try check(hours: hours) }
        #expect(try believed().isDisjoint(with: gone))
        #expect(try state(0).contradictedAt != nil)
        // The listing is judged separately.
        let listing = try state(1)
        #expect(catalog.ids.allSatisfy { listing.outcome(of: $0) == .present })
        // It renews nothing for a week.
        let before = try state(0)
        for hours in [70, 73] as [Int64] { try check(hours: hours) }
        let after = try state(0)
        let renewed = catalog.ids.filter {
            after[$0].observedAt > before[$0].observedAt && after[$0].askedAt == before[$0].askedAt
        }
        #expect(renewed.isEmpty)
    }

    @Test func aNewFileIsAskedForThoughTheListingHasIt() throws {
        try check(hours: 0)
        catalog.generation = 2
        let id = catalog.append(.make("new", byteCount: 3, changedIn: 2))
        try listed.write("new", to: "new")
        for hours in [1, 26, 29] as [Int64] { try check(hours: hours) }
        #expect(try state(1).outcome(of: id) == .present)
        #expect(try state(0).outcome(of: id) == .absent)
    }
}
