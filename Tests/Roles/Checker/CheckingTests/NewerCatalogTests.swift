import Catalogs
import CheckPlanning
import CheckStates
import Mirrors
import ObjectStorage
import Synchronization
import TestSupport
import Testing
import Time

@testable import Checking

/// A catalog that is published during a run.
@Suite struct NewerCatalogTests {
    let time = VirtualTime()
    let store = InMemoryStore()
    let points = (0..<4).map { AccessPoint.make("m\($0)") }

    static let present = Reply.answered(status: 200, byteCount: 10)

    /// The new files were published `published` seconds after the run began, or in the past.
    static func catalog(
        _ fileCount: Int,
        newCount: Int = 0,
        published: Double? = nil
    ) -> Catalog {
        var catalog = Catalog.make(files: (0..<fileCount).map { ("f\($0)", 1, 0) })
        guard newCount > 0 else { return catalog }
        catalog.generation = 2
        for number in 0..<newCount {
            var file = ExpectedFile.make("new\(number)", changedIn: 2)
            if let published {
                file.firstSeen = ManualClock.start.advanced(bySeconds: Int64(published))
            }
            catalog.append(file)
        }
        return catalog
    }

    /// Makes a run in which two access points at a time have their turn.
    func run(
        _ transport: VirtualTransport,
        _ catalog: Catalog,
        points: [AccessPoint]? = nil,
        watch: CatalogWatch
    ) throws -> CheckReport {
        var settings = CheckSettings()
        settings.activeLimit = 2
        settings.budgetSeconds = 3_000
        return try CheckRun(
            targets: .each((points ?? self.points)),
            policy: .make(catalog, settings),
            transport: transport,
            states: CheckStateStore(store),
            leases: CheckLeases(store),
            settings: settings,
            clock: time,
            watch: watch,
            random: SeededGenerator(seed: 1),
            shouldStop: { false }
        ).run()
    }

    func transport(_ seconds: @escaping (Question) -> Double) -> VirtualTransport {
        VirtualTransport(time: time) { question in
            let isName = question.subject == .impossibleName
            return VirtualTransport.Course(
                seconds: seconds(question),
                reply: isName ? .answered(status: 404, byteCount: nil) : Self.present
            )
        }
    }

    /// At 20 s not everybody had a turn, at 50 s everybody had; at 150 s one is done.
    @Test(arguments: [5, 20, 50, 110, 150], [true, false])
    func itsFilesAreAskedForOnAllMirrorsWithinAMinute(published: Double, isDated: Bool) throws {
        // A first pass takes each of the mirrors 100 seconds.
        let isPublished = Mutex(false)
        time.after(published) { isPublished.withLock { $0 = true } }
        let watch = CatalogWatch { generation in
            guard generation < 2, isPublished.withLock({ $0 }) else { return nil }
            let catalog = Self.catalog(
                8_000,
                newCount: 20,
                published: isDated ? published : nil
            )
            return .make(catalog, CheckSettings())
        }
        let transport = transport { _ in 0.2 }
        let report = try run(transport, Self.catalog(8_000), watch: watch)
        let times = transport.asked.filter { question, _ in
            if case .file(let id) = question.subject { id.rawValue >= 8_000 } else { false }
        }.map(\.at)
        #expect(times.count == 80)
        // The catalog is checked every 30 seconds; then the turns of access points with less urgent
        // work end.
        #expect(times.allSatisfy { (published...published + 40).contains($0) }, "\(times)")
        #expect(report.generation == 2)
        #expect(report.seconds > 200)
        #expect(report.accessPoints.allSatisfy { $0.summary?.counts.present == 8_020 })
        // Nothing is asked twice because of it; a sample of each mirror may be due.
        let repeated = transport.files.count - Set(transport.files).count
        #expect(repeated <= points.count)
    }

    /// The answer may be about the previous version of the file.
    @Test func anAnswerToAnEarlierQuestionSaysNothingAboutAChangedFile() throws {
        var newer = Self.catalog(2)
        newer.generation = 2
        newer.update(FileID(0), to: .make("f0", byteCount: 10, changedIn: 2))
        let catalog = newer
        let watch = CatalogWatch { generation in
            generation < 2 ? .make(catalog, CheckSettings()) : nil
        }
        var askedCount = 0
        let transport = transport { question in
            guard case .file = question.subject else { return 1 }
            askedCount += 1
            return askedCount <= 2 ? 60 : 1
        }
        let report = try run(transport, Self.catalog(2), points: [points[0]], watch: watch)
        #expect(report.generation == 2)
        // Both at once, of the earlier catalog; then the changed one again.
        #expect(transport.files == ["0:f0", "0:f1", "0:f0"])
        let state = try CheckStateStore(store).load(points[0]).state
        #expect((0..<2).map { state.generation(of: FileID($0)) } == [2, 2])
    }
}
