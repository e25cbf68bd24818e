import Catalogs
import CheckPlanning
import CheckStates
import Mirrors
import ObjectStorage
import TestSupport
import Testing

@testable import Checking

/// The order of turns in the first pass.
@Suite struct FirstPassTests {
    let time = VirtualTime()
    let store = InMemoryStore()

    private func run(
        _ points: [AccessPoint],
        _ transport: VirtualTransport,
        fileCount: Int,
        places: Int
    ) throws -> CheckReport {
        var settings = CheckSettings()
        settings.activeLimit = places
        settings.budgetSeconds = 5_000
        return try CheckRun(
            targets: .each(points),
            policy: .make(NewerCatalogTests.catalog(fileCount), settings),
            transport: transport,
            states: CheckStateStore(store),
            leases: CheckLeases(store),
            settings: settings,
            clock: time,
            random: SeededGenerator(seed: 1),
            shouldStop: { false }
        ).run()
    }

    private func transport(
        _ seconds: @escaping (AccessPointNumber) -> Double
    ) -> VirtualTransport {
        VirtualTransport(time: time) { question in
            let isName = question.subject == .impossibleName
            return VirtualTransport.Course(
                seconds: seconds(question.accessPoint),
                reply: isName ? .answered(status: 404, byteCount: nil) : NewerCatalogTests.present
            )
        }
    }

    /// When files were first asked for at each access point; samples ask for some again.
    private func times(_ transport: VirtualTransport) -> [[Double]] {
        var seen: Set<String> = []
        let files = zip(transport.files, transport.asked.filter(\.question.isAboutFile))
        let first = files.filter { seen.insert($0.0).inserted }.map(\.1)
        return Dictionary(grouping: first) { $0.question.accessPoint.index }
            .sorted { $0.key < $1.key }.map { $0.value.map(\.at) }
    }

    private let six = (0..<6).map { AccessPoint.make("m\($0)") }

    @Test func everybodyHasATurnBeforeAnybodyHasASecondOne() throws {
        // A first pass takes each of the mirrors 100 seconds.
        let transport = transport { _ in 0.2 }
        let report = try run(six, transport, fileCount: 8_000, places: 2)
        // Three rounds of 15 seconds, and what it takes to begin.
        #expect(times(transport).allSatisfy { $0[0] < 50 })
        #expect(report.ending == .nothingDue)
        #expect(report.accessPoints.allSatisfy { $0.summary?.counts.present == 8_000 })
    }

    @Test func thenMirrorsAreFinishedOneAfterTheOther() throws {
        let transport = transport { _ in 0.2 }
        let report = try run(six, transport, fileCount: 8_000, places: 2)
        let ends = times(transport).compactMap(\.last).sorted()
        // Two are done at a time; in turns, all would be at the end.
        #expect(ends[1] < 0.55 * report.seconds, "\(ends)")
        #expect(ends[3] < 0.8 * report.seconds, "\(ends)")
    }

    @Test func theFastestMirrorsAreFinishedFirst() throws {
        let transport = transport { $0.index < 3 ? 2 : 0.2 }
        _ = try run(six, transport, fileCount: 4_000, places: 2)
        let ends = times(transport).compactMap(\.last)
        #expect(ends[3...].max() ?? 0 < ends[..<3].min() ?? 0, "\(ends)")
    }

    @Test func twoAccessPointsOfAHostDoNotTakeTwoPlacesFromOthers() throws {
        let points =
            (0..<2).map { AccessPoint.make("a\($0)", baseURL: "http://a.example/\($0)/") }
            + [AccessPoint.make("b"), AccessPoint.make("c")]
        let transport = transport { _ in 0.2 }
        _ = try run(points, transport, fileCount: 8_000, places: 3)
        let (times, whole) = (times(transport), 100.0)
        let firstEnd = times[2...].compactMap(\.last).min() ?? 0
        #expect(firstEnd < whole + 20)
        // Of the two, one had its first turn, and then waited for the other hosts.
        for point in 0..<2 where times[point].last ?? 0 > firstEnd + 30 {
            #expect(times[point].count { $0 < firstEnd } < 3_000)
        }
    }

    @Test func aRunGoesOnAfterTheSecondsBetweenTwoTurns() throws {
        // The first one has a turn; meanwhile the other waits, and then it is done in a moment.
        let transport = transport { $0 == 0 ? 0.2 : 0.001 }
        let points = Array(six.prefix(2))
        let report = try run(points, transport, fileCount: 3_000, places: 1)
        #expect(report.ending == .nothingDue)
        #expect(report.accessPoints.allSatisfy { $0.summary?.counts.present == 3_000 })
    }

    @Test func aRunEndsWhereNobodyKnowsAnything() throws {
        let transport = VirtualTransport(time: time) { question in
            question.subject == .impossibleName
                ? VirtualTransport.Course(seconds: 1, reply: .answered(status: 404, byteCount: nil))
                : VirtualTransport.Course(seconds: 1, reply: .failed(reason: "silence"))
        }
        let report = try run([six[0]], transport, fileCount: 3, places: 1)
        #expect(report.ending == .nothingDue)
        #expect(report.seconds < 100)
    }
}
