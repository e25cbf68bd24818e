import Catalogs
import CheckStates
import Checking
import Foundation
import FunctionRuntime
import JSON
import Linux
import Mirrors
import ObjectStorage
import StateStorage
import TestSupport
import Testing
import Time

/// `checkBy: shared` with a real rsyncd beside a real nginx: what each run asks, and what it then believes.
@Suite final class VouchingTests {
    static let fileCount = 400
    static let sampleSize = 50
    static let week: Int64 = 7 * 86_400

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

    /// One run, so many seconds after the real time, that asks for what is a week old.
    @discardableResult
    func check(at shift: Int64, isShared: Bool = true) throws -> [CheckReport.Line] {
        var settings = CheckSettings()
        settings.requestsPerSecond = 0
        settings.isPipelining = false
        settings.recheckAfterSeconds = 0
        settings.sampleSize = Self.sampleSize
        settings.shrinkPercent = 100
        let run = CheckRun(
            targets: points.enumerated().map {
                CheckRun.Target(
                    index: $0,
                    accessPoint: $1,
                    voucher: isShared && $1.scheme == .http ? points[1] : nil
                )
            },
            catalog: catalog,
            transport: try ProtocolTransport(
                accessPoints: points,
                settings: settings,
                version: "9.9"
            ),
            states: CheckStateStore(store),
            leases: CheckLeases(store),
            settings: settings,
            clock: RealMirror.ShiftedClock(shift: shift),
            random: SeededGenerator(seed: 1),
            shouldStop: { false }
        )
        return try run.run().accessPoints
    }

    func state(_ number: Int) throws -> CheckState {
        try CheckStateStore(store).load(points[number]).state
    }

    /// The files that builder may send clients for.
    func believed() throws -> Set<String> {
        let state = try state(0)
        let ids = catalog.ids.filter {
            state[$0].outcome == .present && state.isBelieved(state[$0])
        }
        return Set(ids.map { catalog.path(of: $0).description })
    }

    @Test func aListingThatAgreesSavesAllButASample() throws {
        let first = try check(at: 0)
        // What was never seen here is asked for by HEAD, whatever the listing has.
        #expect(first[0].askedCount == Self.fileCount)
        #expect(first[0].vouchedCount == 0)
        #expect(try believed().count == Self.fileCount)
        let later = Self.week + 3_600
        let second = try check(at: later)
        #expect(second[0].askedCount == Self.sampleSize)
        #expect(second[0].vouchedCount == Self.fileCount - Self.sampleSize)
        #expect(second[0].contradiction == nil)
        #expect(second[0].survey?.present == Self.fileCount)
        #expect(second[0].survey?.left == 0)
        let renewed = try state(0)
        let longAgo = Timestamp.now.advanced(bySeconds: later - 3_600)
        #expect(catalog.ids.allSatisfy { renewed[$0].observedAt > longAgo })
        #expect(try believed().count == Self.fileCount)
        // Without the override everything is asked for.
        let own = try check(at: 2 * later, isShared: false)
        #expect(own[0].askedCount == Self.fileCount)
    }

    @Test func aListingThatDisagreesIsDroppedAndNothingIsPresentThatIsNot() throws {
        try check(at: 0)
        let gone = Set((0..<Self.fileCount).filter { $0.isMultiple(of: 5) }.map { "f\($0)" })
        for name in gone { try FileManager.default.removeItem(atPath: web.appending(name)) }
        let later = Self.week + 3_600
        let line = try check(at: later)[0]
        #expect(line.vouchedCount == 0)
        #expect(line.contradiction?.contains("m-rsync") == true)
        guard case .string? = line.json["contradiction"] else {
            Issue.record("the line of the report says nothing of it: \(line.json)")
            return
        }
        // Every file was asked for, the missing ones twice.
        #expect(line.askedCount == Self.fileCount + gone.count)
        #expect(line.survey?.absent == gone.count)
        #expect(try believed() == Set((0..<Self.fileCount).map { "f\($0)" }).subtracting(gone))
        #expect(try state(0).contradictedAt != nil)
        // The listing itself is judged by itself.
        let listing = try state(1)
        #expect(catalog.ids.allSatisfy { listing.outcome(of: $0) == .present })
        // Nor does it vouch the next time, before the cycle is over.
        for name in gone {
            try FileManager.default.copyItem(
                atPath: listed.appending(name),
                toPath: web.appending(name)
            )
        }
        #expect(try check(at: later + Self.week - 7_200)[0].vouchedCount == 0)
        let healed = try check(at: 3 * later)[0]
        #expect(healed.vouchedCount == Self.fileCount - Self.sampleSize)
        #expect(try believed().count == Self.fileCount)
    }

    @Test func aNewFileIsAskedForThoughTheListingHasIt() throws {
        try check(at: 0)
        catalog.generation = 2
        let id = catalog.append(.make("new", byteCount: 3, changedIn: 2))
        try listed.write("new", to: "new")
        try check(at: 60)
        #expect(try state(1).outcome(of: id) == .present)
        #expect(try state(0).outcome(of: id) == .absent)
        // Nor is it vouched for later, when the rest is.
        #expect(try check(at: Self.week + 3_600)[0].vouchedCount > 0)
        #expect(try state(0).outcome(of: id) == .absent)
    }

    /// The session finds the voucher by the mirror list.
    @Test(arguments: [Mirror.CheckBy.own, .shared]) func theMirrorListSaysWhoVouches(
        checkBy: Mirror.CheckBy
    ) throws {
        let mirror = Mirror(
            id: "m",
            name: "M",
            country: try #require(CountryCode("DE")),
            region: "europe",
            checkBy: checkBy,
            accessPoints: points
        )
        try store.put(BlobKey("mirrors.json"), MirrorList(mirrors: [mirror]).json.serialized())
        try CatalogStore(store).publish(catalog, replacing: CatalogStore(store).current())
        try check(at: 0)
        var request = CheckRequest()
        request.settings.requestsPerSecond = 0
        request.settings.sampleSize = Self.sampleSize
        let session = CheckSession(
            request: request,
            store: store,
            clock: RealMirror.ShiftedClock(shift: Self.week + 3_600),
            report: { _ in }
        )
        let result = try session.run { accessPoints throws(CheckingError) in
            try ProtocolTransport(
                accessPoints: accessPoints,
                settings: request.settings,
                version: "9.9"
            )
        }
        guard case .object(let object) = result, case .array(let lines)? = object["accessPoints"],
            case .object(let line)? = lines.first
        else {
            Issue.record("\(result)")
            return
        }
        let saved = Self.fileCount - Self.sampleSize
        #expect(line["vouched"] == (checkBy == .shared ? .integer(Int64(saved)) : nil))
    }
}
