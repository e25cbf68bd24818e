import Catalogs
import CheckStates
import Mirrors
import TestSupport
import Testing
import Time

@testable import CheckPlanning

/// Searches for lost files that meet a newer catalog, returned questions, or files that say
/// nothing.
@Suite struct InvestigationTests {
    static let start = Timestamp(secondsSinceEpoch: 1_800_000_000)

    static func checked(
        filesPerFolder: Int = 8,
        _ change: (inout ModelMirror) -> Void = { _ in }
    ) -> Rehearsal {
        let catalog = Catalog.tree(
            folders: 32,
            filesPerFolder: filesPerFolder,
            at: start.advanced(bySeconds: -86_400)
        )
        var mirror = ModelMirror(catalog)
        change(&mirror)
        var rehearsal = Rehearsal(catalog, mirror)
        rehearsal.check()
        rehearsal.now = rehearsal.now.advanced(bySeconds: 3_600)
        return rehearsal
    }

    static func visit(_ rehearsal: Rehearsal) -> Visit {
        Visit(
            rehearsal.policy,
            state: rehearsal.state,
            agenda: nil,
            of: rehearsal.profile,
            now: rehearsal.now
        )
    }

    static func policy(_ catalog: Catalog) -> CheckPolicy {
        CheckPolicy(catalog: catalog, classes: .standard, settings: PolicySettings())
    }

    /// Answers questions until no more are asked.
    static func finish(_ visit: inout Visit, _ rehearsal: Rehearsal) {
        var mirror = rehearsal.mirror
        var random = SeededGenerator(seed: 3)
        while true {
            let plannedQuestions = visit.next(16, now: rehearsal.now)
            if plannedQuestions.isEmpty { break }
            for planned in plannedQuestions {
                visit.take(
                    planned,
                    mirror.answer(planned, visit.policy, using: &random),
                    now: rehearsal.now
                )
            }
        }
    }

    @Test func oneOfEachNeighbourhoodIsAskedWhereTheFirstTellsNothing() {
        let catalog = Catalog.tree(folders: 32, at: Self.start)
        let neighbourhoods = Neighbourhoods(catalog)
        func files(_ suits: (FileID) -> Bool) -> [FileID] {
            var sweep = Sweep(before: Self.start, isByFolder: false, roundLimit: 1)
            var files: [FileID] = []
            while let file = sweep.next(in: neighbourhoods, where: suits) { files.append(file) }
            return files
        }
        let first = files { _ in true }
        #expect(first.count == neighbourhoods.count)
        let passedOver = Set(first)
        let second = files { !passedOver.contains($0) }
        let singleCount = (0..<neighbourhoods.count).count { neighbourhoods.size(of: $0) == 1 }
        #expect(second.count == neighbourhoods.count - singleCount)
        #expect(passedOver.isDisjoint(with: second))
    }

    @Test func aScanWaitsForWhatItHandedOutAndForNothingElse() {
        var scan = NewestScan(runLeft: 2)
        scan.add([FileID(1), FileID(2), FileID(3)])
        // Its state was known before it was handed out.
        scan.settle(FileID(2), isThere: true, run: 2)
        #expect(scan.next() == FileID(1))
        #expect(scan.next() == FileID(2))
        #expect(scan.next() == FileID(3))
        scan.settle(FileID(1), isThere: true, run: 2)
        scan.settle(FileID(1), isThere: true, run: 2)
        #expect(!scan.isOver)
        // A newer catalog removed it.
        scan.settle(FileID(3), isThere: nil, run: 2)
        #expect(!scan.isOver)
        scan.settle(FileID(2), isThere: true, run: 2)
        #expect(scan.isOver)
    }

    /// The newest files are being asked for when a newer catalog removes and replaces some.
    @Test func filesThatAreOvertakenHoldNoInvestigationUp() throws {
        var rehearsal = Self.checked()
        var catalog = rehearsal.policy.catalog
        let new = catalog.publish(60, at: rehearsal.now)
        for file in new { rehearsal.mirror.present.insert(file) }
        rehearsal.policy = Self.policy(catalog)
        rehearsal.pass(minutes: 30)
        var visit = Self.visit(rehearsal)
        visit.applyOutsideFindings([.returned], since: rehearsal.now, now: rehearsal.now)
        var random = SeededGenerator(seed: 4)
        var open: [PlannedQuestion] = []
        for _ in 0..<8 where open.count < 8 {
            for planned in visit.next(16, now: rehearsal.now) {
                guard case .file = planned.subject else {
                    let answer = rehearsal.mirror.answer(planned, visit.policy, using: &random)
                    visit.take(planned, answer, now: rehearsal.now)
                    continue
                }
                open.append(planned)
            }
        }
        try #require(open.count >= 8)
        catalog.generation += 1
        for (index, planned) in open.enumerated() {
            guard case .file(let file) = planned.subject else { continue }
            var expected = catalog[file]
            expected.changedIn = catalog.generation
            if index % 2 == 0 { expected.removed = rehearsal.now } else { expected.byteCount = 77 }
            catalog.update(file, to: expected)
        }
        visit.adopt(Self.policy(catalog), now: rehearsal.now)
        for planned in open {
            let answer = rehearsal.mirror.answer(planned, visit.policy, using: &random)
            visit.take(planned, answer, now: rehearsal.now)
        }
        Self.finish(&visit, rehearsal)
        #expect(visit.state.memory.investigation == nil)
        #expect(visit.state.doubtedAt == nil)
    }

    /// Two files are too few to tell that the whole folder is lost; their links go with them.
    @Test func theLinksOfASmallFolderAreFoundWithIt() throws {
        var rehearsal = Self.checked(filesPerFolder: 2)
        let catalog = rehearsal.policy.catalog
        let lost = catalog.files(inFolder: 7)
        try #require(lost.count == 4)
        for file in lost { rehearsal.mirror.present.remove(file) }
        let file = try #require(lost.first { catalog.kind(of: $0) == .file })
        var visit = Self.visit(rehearsal)
        visit.take(
            PlannedQuestion(.file(file), urgency: .routine),
            FileAnswer(.answered(status: 404, byteCount: nil)),
            now: rehearsal.now
        )
        Self.finish(&visit, rehearsal)
        #expect(lost.allSatisfy { visit.state[$0].outcome != .present })
    }

    /// Three of five files of a folder are refused permanently: two are there, so the folder is not
    /// lost.
    @Test func aFileThatIsRefusedTwiceCountsOnce() throws {
        var rehearsal = Self.checked(filesPerFolder: 5)
        let folder = rehearsal.policy.catalog.ids.filter { id in
            rehearsal.policy.catalog.path(of: id).description.hasPrefix("distfiles/7/f")
        }
        try #require(folder.count == 5)
        var visit = Self.visit(rehearsal)
        let refusal = FileAnswer(.answered(status: 403, byteCount: nil))
        for seconds in [0, 90] {
            let now = rehearsal.now.advanced(bySeconds: Int64(seconds))
            for file in folder.prefix(3) {
                visit.take(PlannedQuestion(.file(file), urgency: .routine), refusal, now: now)
            }
        }
        #expect(folder.prefix(3).allSatisfy { visit.state[$0].outcome == .refused })
        #expect(visit.refusals.isEmpty)
        #expect(visit.refusals.neighbourhoodCount == 0)
        #expect(visit.search.lostNeighbourhoods.isEmpty)
        rehearsal.state = visit.state
    }

    /// A host asks for a pause during a trial of whether its lengths tell right from wrong.
    @Test func aTrialGoesOnWithWhatWasGivenBack() {
        var rehearsal = Self.checked()
        rehearsal.mirror.missingAnswer = (200, 5_120)
        var visit = Self.visit(rehearsal)
        visit.investigate(isRecent: false, rehearsal.now)
        var random = SeededGenerator(seed: 5)
        var givenBackCount = 0
        var plannedQuestions = visit.next(16, now: rehearsal.now)
        while !plannedQuestions.isEmpty {
            for (index, planned) in plannedQuestions.enumerated() {
                if case .file = planned.subject, givenBackCount < 40, index % 2 == 0 {
                    givenBackCount += 1
                    visit.giveBack(planned)
                } else {
                    let answer = rehearsal.mirror.answer(planned, visit.policy, using: &random)
                    visit.take(planned, answer, now: rehearsal.now)
                }
            }
            plannedQuestions = visit.next(16, now: rehearsal.now)
        }
        #expect(givenBackCount > 0)
        #expect(visit.state.memory.softNotFound?.lengths.contains(5_120) == true)
        #expect(visit.state.memory.investigation == nil)
        #expect(visit.state.doubtedAt == nil)
    }

    /// A folder of a few files is missing: one file or another is asked for now and then.
    @Test func aSmallFolderThatIsMissingIsAskedForByASample() {
        var rehearsal = Self.checked(filesPerFolder: 4)
        let catalog = rehearsal.policy.catalog
        let missing = catalog.ids.filter { id in
            let path = catalog.path(of: id).description
            return path.hasPrefix("distfiles/7/") || path.hasPrefix("distfiles/8/")
        }
        var partial = Self.checked(filesPerFolder: 4) { mirror in
            for file in missing { mirror.present.remove(file) }
        }
        rehearsal.pass(hours: 24)
        partial.pass(hours: 24)
        let whole = rehearsal.requests(inHours: 72).files
        #expect(partial.requests(inHours: 72).files - whole < 30)
        for file in missing { partial.mirror.present.insert(file) }
        partial.pass(hours: 80)
        #expect(partial.unusedCount == 0)
    }

    /// A folder that the master has just made, with more files than a sample has, is news.
    @Test func aNewFolderIsNotPresumedAbsent() {
        var rehearsal = Self.checked()
        var catalog = rehearsal.policy.catalog
        catalog.generation += 1
        let new = (0..<20).map { number in
            catalog.append(
                ExpectedFile(
                    path: TreePath("releases/20261201/stage-\(number)"),
                    kind: .file,
                    byteCount: UInt64(900_000 + number),
                    modified: rehearsal.now,
                    firstSeen: rehearsal.now,
                    changedIn: catalog.generation
                )
            )
        }
        rehearsal.policy = Self.policy(catalog)
        rehearsal.pass(hours: 6)
        for file in new { rehearsal.mirror.present.insert(file) }
        rehearsal.pass(minutes: 45)
        #expect(rehearsal.unusedCount == 0)
    }

    /// Of two servers, one lacks some files: they are known and not asked for day after day, even
    /// if that server answers 403 for what it lacks.
    @Test(arguments: [(folders: 64, status: 404, lists: true), (32, 403, false)])
    func filesThatServersDifferInAreAskedForSeldom(folders: Int, status: Int, lists: Bool) {
        let catalog = Catalog.tree(folders: folders, at: Self.start.advanced(bySeconds: -86_400))
        let differing = Set(
            catalog.ids.filter { $0.rawValue % 25 == 4 && !catalog.leadsToDirectory($0) }
        )
        var mirror = ModelMirror(catalog)
        mirror.lists = lists
        mirror.missingAnswer = (status, nil)
        var rehearsal = Rehearsal(catalog, mirror)
        rehearsal.check()
        rehearsal.pass(hours: 30)
        let before = rehearsal.requests(inHours: 24).files
        rehearsal.mirror.lackingElsewhere = differing
        rehearsal.pass(hours: 48)
        #expect(rehearsal.state.memory.inconsistentSince != nil)
        let after = rehearsal.requests(inHours: 48).files / 2
        #expect(after < before + 2 * differing.count)
    }

    /// A folder that was moved away for an hour, or a disk that was not mounted, is not a second
    /// server behind the name: all of it is offered again on the same day.
    @Test(arguments: [(share: 16, lists: true), (16, false), (1, true), (1, false)])
    func whatIsAwayForAnHourMakesNoServersThatDiffer(share: Int, lists: Bool) {
        let catalog = Catalog.tree(folders: 64, at: Self.start.advanced(bySeconds: -86_400))
        var mirror = ModelMirror(catalog)
        mirror.lists = lists
        var rehearsal = Rehearsal(catalog, mirror)
        rehearsal.check()
        rehearsal.pass(hours: 30)
        let all = mirror.present
        rehearsal.mirror.present = all.filter { Int($0.rawValue) / 9 % share != 0 }
        rehearsal.pass(hours: 1)
        rehearsal.mirror.present = all
        rehearsal.pass(hours: 24)
        #expect(rehearsal.state.memory.inconsistentSince == nil)
        #expect(rehearsal.unusedCount == 0)
    }

    /// A mirror that never had half of each folder refuses the rest for an hour: the rest is not
    /// lost among what it never had.
    @Test func whatIsRefusedForAnHourIsFoundAgainAmongWhatWasNeverThere() {
        let catalog = Catalog.tree(folders: 32, at: Self.start.advanced(bySeconds: -86_400))
        var mirror = ModelMirror(catalog)
        mirror.present = mirror.present.filter {
            $0.rawValue % 8 < 3 || catalog.leadsToDirectory($0)
        }
        let held = mirror.present
        var rehearsal = Rehearsal(catalog, mirror)
        rehearsal.check()
        rehearsal.pass(hours: 48)
        let offered = held.filter { rehearsal.offers($0) }
        #expect(offered.count > held.count * 9 / 10)
        for file in held { rehearsal.mirror.statuses[file] = 403 }
        rehearsal.pass(hours: 1)
        rehearsal.mirror.statuses = [:]
        rehearsal.pass(hours: 5 * 24)
        #expect(offered.filter { !rehearsal.offers($0) }.isEmpty)
    }
}
