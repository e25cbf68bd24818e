import Catalogs
import CheckPlanning
import CheckStates
import HealthFormat
import Mirrors
import TestSupport
import Testing
import Time

/// Mirrors that go back in time, are out, or answer oddly, and wrong clocks.
@Suite struct VisitOddityTests {
    @Test func anOldTreeIsFoundFromItsNewestFiles() {
        var catalog = VisitTests.catalog()
        var rehearsal = VisitTests.rehearsal(catalog)
        rehearsal.check()
        var old = rehearsal.mirror
        for _ in 0..<5 {
            rehearsal.now = rehearsal.now.advanced(bySeconds: 600)
            let files = catalog.publish(60, at: rehearsal.now)
            for file in files { rehearsal.mirror.present.insert(file) }
            rehearsal.policy = CheckPolicy(
                catalog: catalog,
                classes: .standard,
                settings: PolicySettings()
            )
            rehearsal.pass(minutes: 30)
        }
        #expect(rehearsal.unusedCount == 0)
        swap(&old, &rehearsal.mirror)
        #expect(rehearsal.wrongCount == 300)
        var visit = Visit(
            rehearsal.policy,
            state: rehearsal.state,
            agenda: rehearsal.agenda,
            of: rehearsal.profile,
            now: rehearsal.now
        )
        visit.applyOutsideFindings([.returned], since: rehearsal.now, now: rehearsal.now)
        #expect(visit.doubtToPublish(now: rehearsal.now)?.scope == .whole)
        rehearsal.state = visit.state
        rehearsal.agenda = nil
        rehearsal.check()
        #expect(rehearsal.wrongCount == 0)
        #expect(rehearsal.state.doubtedAt == nil)
        #expect(rehearsal.unusedCount == 0)
    }

    @Test func aPortalCostsNothingButItsTime() {
        let catalog = VisitTests.catalog()
        var rehearsal = VisitTests.rehearsal(catalog)
        rehearsal.check()
        rehearsal.pass(hours: 2)
        rehearsal.mirror.portal = 4_711
        for _ in 0..<24 where rehearsal.doubt == nil { rehearsal.pass(minutes: 5) }
        #expect(rehearsal.doubt?.scope == .whole)
        #expect(rehearsal.doubt?.reason == .notItself)
        let before = rehearsal.requests.total
        rehearsal.pass(hours: 6)
        #expect(rehearsal.requests.total - before < 20 * 15)
        #expect(rehearsal.doubt?.scope == .whole)
        rehearsal.mirror.portal = nil
        rehearsal.pass(minutes: 30)
        #expect(rehearsal.doubt == nil)
        #expect(rehearsal.unusedCount <= 1)
        #expect(rehearsal.requests.total - before < 20 * 15 + 500)
    }

    // MARK: - Odd servers

    @Test func aServerThatRedirectsToItsHomePageIsUsed() throws {
        let catalog = VisitTests.catalog()
        var rehearsal = VisitTests.rehearsal(catalog) { mirror in
            mirror.missingAnswer = (200, 5_120)
            mirror.present = mirror.present.filter { $0.rawValue % 10 != 3 }
        }
        rehearsal.check()
        rehearsal.pass(hours: 2)
        #expect(rehearsal.wrongCount == 0)
        // Folders answer with pages as well.
        let folders = catalog.ids.count { catalog.leadsToDirectory($0) }
        #expect(rehearsal.unusedCount <= folders)
        let pages = try #require(rehearsal.state.memory.softNotFound)
        #expect(pages.lengths.contains(5_120))
    }

    @Test func aServerThatAnswersEverythingWithTheLengthAskedForIsNotUsed() {
        let catalog = VisitTests.catalog()
        var rehearsal = VisitTests.rehearsal(catalog) { mirror in
            mirror.portal = 10_000
        }
        rehearsal.check()
        rehearsal.pass(hours: 2)
        #expect(rehearsal.doubt?.scope == .whole)
        #expect(catalog.ids.filter { rehearsal.offers($0) } == [])
    }

    @Test(arguments: [false, true])
    func filesThatServersDifferInAreNotOffered(lists: Bool) {
        let catalog = VisitTests.catalog()
        let differing = Set(
            catalog.ids.filter { $0.rawValue % 25 == 4 && !catalog.leadsToDirectory($0) }
        )
        var rehearsal = VisitTests.rehearsal(catalog) { mirror in
            mirror.lists = lists
            mirror.lackingElsewhere = differing
        }
        rehearsal.check()
        rehearsal.pass(hours: 24)
        #expect(rehearsal.state.memory.inconsistentSince != nil)
        var offeredCount = 0
        for _ in 0..<24 {
            rehearsal.pass(hours: 1)
            offeredCount += differing.count { rehearsal.offers($0) }
        }
        #expect(offeredCount <= 24 * 2)
        if lists {
            let good = catalog.ids.count { rehearsal.offers($0) }
            #expect(good >= (catalog.count - differing.count) * 99 / 100)
        } else {
            #expect(rehearsal.doubt?.reason == .contradictory)
        }
    }

    @Test func silenceTakesNothingBack() {
        let catalog = VisitTests.catalog()
        var rehearsal = VisitTests.rehearsal(catalog)
        rehearsal.check()
        rehearsal.runLimit = 5
        rehearsal.mirror.isSilent = true
        rehearsal.pass(hours: 12)
        rehearsal.mirror.isSilent = false
        rehearsal.runLimit = 60_000
        rehearsal.pass(hours: 26)
        #expect(rehearsal.unusedCount == 0)
    }

    // MARK: - Clocks

    @Test func aClockThatWasAheadStopsNothing() throws {
        let catalog = VisitTests.catalog()
        var rehearsal = VisitTests.rehearsal(catalog)
        let start = rehearsal.now
        rehearsal.now = start.advanced(bySeconds: 30 * 86_400)
        rehearsal.check()
        rehearsal.now = start.advanced(bySeconds: 600)
        rehearsal.check()
        let first = rehearsal.requests.total
        #expect(rehearsal.unusedCount == 0)
        rehearsal.pass(hours: 24)
        #expect(rehearsal.requests.total - first < 16 * 288)
        rehearsal.pass(hours: 24)
        let newest = try #require(catalog.ids.map { rehearsal.state[$0].askedAt }.max())
        #expect(newest <= rehearsal.now)
        #expect(try rehearsal.longestUnasked() < 8 * 86_400)
    }
}
