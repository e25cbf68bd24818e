import Catalogs
import CheckPlanning
import CheckStates
import HealthFormat
import Mirrors
import TestSupport
import Testing
import Time

/// What was published since a mirror's first pass.
@Suite struct VisitNewsTests {
    @Test(arguments: [0, 15, 60, 180, 540, 1_080])
    func aBatchIsFoundSoonAfterItArrives(minutesUntilSynchronized: Int) {
        var catalog = VisitTests.catalog()
        var rehearsal = VisitTests.rehearsal(catalog)
        rehearsal.check()
        rehearsal.pass(hours: 3)
        rehearsal.now = rehearsal.now.advanced(bySeconds: 30)
        let files = catalog.publish(40, at: rehearsal.now)
        rehearsal.policy = CheckPolicy(
            catalog: catalog,
            classes: .standard,
            settings: PolicySettings()
        )
        rehearsal.pass(minutes: minutesUntilSynchronized)
        for file in files { rehearsal.mirror.present.insert(file) }
        rehearsal.pass(minutes: max(15, minutesUntilSynchronized / 10 + 5))
        #expect(files.filter { !rehearsal.offers($0) } == [])
    }

    @Test func aBatchThatDoesNotComeIsPolledALittle() {
        var catalog = VisitTests.catalog()
        var rehearsal = VisitTests.rehearsal(catalog)
        rehearsal.check()
        rehearsal.pass(hours: 3)
        var quiet = rehearsal
        let usual = quiet.requests(inHours: 24).total
        _ = catalog.publish(400, at: rehearsal.now)
        rehearsal.policy = CheckPolicy(
            catalog: catalog,
            classes: .standard,
            settings: PolicySettings()
        )
        #expect(rehearsal.requests(inHours: 24).total - usual < 100)
        #expect(rehearsal.requests(inHours: 24).total - usual < 40)
    }

    @Test func manyBatchesThatDoNotComeArePolledALittle() {
        var catalog = VisitTests.catalog()
        var rehearsal = VisitTests.rehearsal(catalog)
        rehearsal.check()
        for _ in 0..<64 {
            rehearsal.now = rehearsal.now.advanced(bySeconds: 30)
            _ = catalog.publish(10, at: rehearsal.now)
            rehearsal.policy = CheckPolicy(
                catalog: catalog,
                classes: .standard,
                settings: PolicySettings()
            )
            rehearsal.pass(minutes: 45)
        }
        var requests = rehearsal.requests(inHours: 24).total
        #expect(requests < 16 * 288 + 2_000)
        // All files arrive at once, and are found at once.
        rehearsal.mirror = ModelMirror(catalog)
        rehearsal.pass(minutes: 15)
        #expect(rehearsal.unusedCount == 0)
        requests = rehearsal.requests(inHours: 24).total
        #expect(requests < 16 * 288 + 50)
    }

    /// Debian's `Release` lies beside folders, and most servers refuse those.
    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func aFileBesideRefusedFoldersIsFoundSoonAfterItChanged(seed: UInt64) {
        var catalog = VisitTests.catalog()
        let release = catalog.append(
            ExpectedFile(
                path: TreePath("Release"),
                kind: .file,
                byteCount: 1_422,
                modified: VisitTests.start.advanced(bySeconds: -5 * 86_400),
                firstSeen: catalog.publishedAt,
                changedIn: 1
            )
        )
        var rehearsal = VisitTests.rehearsal(catalog, seed) { mirror in
            for id in catalog.ids where catalog.leadsToDirectory(id) { mirror.statuses[id] = 403 }
        }
        rehearsal.check()
        rehearsal.pass(hours: 3)
        #expect(rehearsal.offers(release))
        catalog.generation += 1
        catalog.publishedAt = rehearsal.now
        var changed = catalog[release]
        changed.byteCount = 1_423
        changed.changedIn = catalog.generation
        changed.modified = rehearsal.now
        catalog.update(release, to: changed)
        rehearsal.policy = CheckPolicy(
            catalog: catalog,
            classes: .standard,
            settings: PolicySettings()
        )
        rehearsal.mirror.present.remove(release)
        rehearsal.pass(minutes: 60)
        #expect(!rehearsal.offers(release))
        rehearsal.mirror.present.insert(release)
        rehearsal.pass(minutes: 20)
        #expect(rehearsal.offers(release))
    }
}
