import Catalogs
import CheckPlanning
import CheckStates
import HealthFormat
import Mirrors
import TestSupport
import Testing
import Time

/// Mirrors that lose files, and those that never had them.
@Suite struct VisitLossTests {
    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func aLostFolderIsNoLongerOfferedWithinFiveHours(seed: UInt64) {
        let catalog = VisitTests.catalog()
        var rehearsal = VisitTests.rehearsal(catalog, seed)
        rehearsal.check()
        rehearsal.pass(hours: 8)
        for file in catalog.files(inFolder: Int(seed)) { rehearsal.mirror.present.remove(file) }
        #expect(rehearsal.wrongCount > 0)
        rehearsal.pass(hours: 5)
        #expect(rehearsal.wrongCount == 0)
        #expect(rehearsal.unusedCount == 0)
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func aRefusedFolderIsNoLongerOfferedWithinFiveHours(seed: UInt64) {
        let catalog = VisitTests.catalog()
        var rehearsal = VisitTests.rehearsal(catalog, seed)
        rehearsal.check()
        rehearsal.pass(hours: 8)
        for file in catalog.files(inFolder: Int(seed)) { rehearsal.mirror.statuses[file] = 403 }
        rehearsal.pass(hours: 5)
        let refused = catalog.files(inFolder: Int(seed))
        #expect(refused.filter { rehearsal.offers($0) } == [])
        #expect(refused.filter { rehearsal.state[$0].outcome != .refused } == [])
        #expect(rehearsal.unusedCount == refused.count)
    }

    @Test func whatIsLostElsewhereIsFoundWithTheFirstFolder() {
        let catalog = VisitTests.catalog()
        var rehearsal = VisitTests.rehearsal(catalog)
        rehearsal.check()
        for folder in [3, 17, 30] {
            for file in catalog.files(inFolder: folder) { rehearsal.mirror.present.remove(file) }
        }
        // This lasts until one of them is found.
        for _ in 0..<60 where rehearsal.state.doubtedAt == nil && rehearsal.doubt == nil {
            rehearsal.pass(minutes: 5)
        }
        rehearsal.pass(minutes: 10)
        #expect(rehearsal.wrongCount == 0)
        rehearsal.pass(minutes: 60)
        #expect(rehearsal.wrongCount == 0)
        #expect(rehearsal.unusedCount == 0)
    }

    @Test func scatteredLossesPutTheMirrorInDoubtUntilAllIsAsked() {
        let catalog = VisitTests.catalog()
        var rehearsal = VisitTests.rehearsal(catalog)
        rehearsal.check()
        for file in catalog.ids where file.rawValue % 20 == 7 {
            rehearsal.mirror.present.remove(file)
        }
        rehearsal.pass(minutes: 60)
        #expect(rehearsal.wrongCount == 0)
        #expect(rehearsal.state.doubtedAt == nil)
        rehearsal.pass(minutes: 30)
        #expect(rehearsal.unusedCount == 0)
    }

    @Test func oneLostFileCostsItsNeighbourhoodASecondLookAndNothingMore() throws {
        let catalog = VisitTests.catalog()
        var rehearsal = VisitTests.rehearsal(catalog)
        rehearsal.check()
        rehearsal.pass(hours: 1)
        let file = try #require(
            catalog.ids.first {
                catalog.path(of: $0).description.hasSuffix("f9-3.tar.xz")
                    && catalog.kind(of: $0) == .file
            }
        )
        rehearsal.mirror.present.remove(file)
        var asked = 0
        for _ in 0..<7 * 288 where rehearsal.state[file].outcome == .present {
            asked = rehearsal.requests.files
            rehearsal.pass(minutes: 5)
        }
        #expect(rehearsal.state[file].outcome == .absent)
        #expect(rehearsal.state[file].isLoss)
        // The folder, its links, and files at random.
        #expect(rehearsal.requests.files - asked < 120)
        #expect(rehearsal.state.doubtedAt == nil)
        #expect(rehearsal.wrongCount <= 1)
        rehearsal.pass(minutes: 5)
        #expect(rehearsal.unusedCount == 0)
    }

    @Test func aLostFileThatComesBackIsFound() throws {
        let catalog = VisitTests.catalog()
        var rehearsal = VisitTests.rehearsal(catalog)
        rehearsal.check()
        for file in catalog.files(inFolder: 5) { rehearsal.mirror.present.remove(file) }
        rehearsal.pass(hours: 30)
        rehearsal.mirror = ModelMirror(catalog)
        rehearsal.pass(hours: 24)
        #expect(rehearsal.unusedCount == 0)
    }

    /// A run that has to end, or access points with more urgent work, cut visits short.
    @Test func whatAVisitDidNotComeToIsPlannedAnew() {
        var rehearsal = VisitTests.rehearsal { $0.lists = true }
        rehearsal.check()
        rehearsal.pass(hours: 24)
        let profile = rehearsal.profile
        rehearsal.now = rehearsal.now.advanced(bySeconds: 7_200)
        let now = rehearsal.now
        func visit(_ state: CheckState) -> Visit {
            Visit(rehearsal.policy, state: state, agenda: nil, of: profile, now: now)
        }
        /// All questions from there on; nothing is answered except to end it.
        func questions(_ state: CheckState) -> Set<PlannedQuestion.Subject> {
            var visit = visit(state)
            return Set(visit.next(1_000, now: now).map(\.subject)).filter { subject in
                if case .impossibleName = subject { false } else { true }
            }
        }
        var state = rehearsal.state
        // The name that cannot exist is out of the way.
        state.memory.served.guardedAt = now
        let wanted = questions(state)
        #expect(wanted.count > 20)
        var cut = visit(state)
        _ = cut.close(now: now)
        #expect(questions(cut.state) == wanted)
    }

    // MARK: - Files that were never there

    @Test func anEmptyMirrorIsAskedForAFewFilesOfEachFolder() {
        let catalog = VisitTests.catalog()
        var rehearsal = Rehearsal(catalog, ModelMirror())
        rehearsal.check()
        rehearsal.pass(hours: 24)
        let firstDay = rehearsal.requests.total
        #expect(firstDay < 2 * catalog.count)
        let secondDay = rehearsal.requests(inHours: 24).total
        #expect(secondDay < 33 * 3 + 100)
        #expect(rehearsal.wrongCount == 0)
    }

    @Test func whatAppearsOnAnEmptyMirrorIsFoundWithinADay() {
        let catalog = VisitTests.catalog()
        var rehearsal = Rehearsal(catalog, ModelMirror())
        rehearsal.check()
        rehearsal.pass(hours: 12)
        rehearsal.mirror = ModelMirror(catalog)
        rehearsal.pass(hours: 36)
        #expect(rehearsal.unusedCount < catalog.count / 20)
        rehearsal.pass(hours: 24)
        #expect(rehearsal.unusedCount == 0)
    }

    @Test func aMirrorWithoutLinksIsUsedForFiles() {
        let catalog = VisitTests.catalog()
        var rehearsal = VisitTests.rehearsal(catalog) { mirror in
            mirror.present = mirror.present.filter { catalog.kind(of: $0) != .symlink }
        }
        rehearsal.check()
        rehearsal.pass(hours: 24)
        #expect(rehearsal.unusedCount == 0)
        let links = catalog.ids.count { catalog.kind(of: $0) == .symlink }
        // As many samples as for any other mirror.
        let requests = rehearsal.requests(inHours: 24).total
        #expect(requests < 16 * 288 + links / 20)
    }

    /// The only file of each folder that is there is asked for again and again; the missing ones
    /// rest nevertheless.
    @Test func missingFilesRestBesideASingleOneThatIsThere() {
        let catalog = VisitTests.catalog()
        let policy = CheckPolicy(catalog: catalog, classes: .standard, settings: PolicySettings())
        var folders: Set<ArraySlice<UInt8>> = []
        let first = catalog.ids.filter { folders.insert(policy.folderPath(of: $0)).inserted }
        var rehearsal = VisitTests.rehearsal(catalog) { $0.present = Set(first) }
        rehearsal.check()
        rehearsal.pass(hours: 48)
        #expect(rehearsal.requests(inHours: 24).total < 2 * catalog.count)
    }
}
