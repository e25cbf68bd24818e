import Catalogs
import CheckPlanning
import CheckStates
import HealthFormat
import Mirrors
import TestSupport
import Testing
import Time

/// Single mirrors over hours and weeks, each with one thing that happens to it.
@Suite struct VisitTests {
    static let start = Timestamp(secondsSinceEpoch: 1_800_000_000)

    static func catalog() -> Catalog {
        Catalog.tree(folders: 32, at: start.advanced(bySeconds: -86_400))
    }

    static func rehearsal(
        _ catalog: Catalog = catalog(),
        _ seed: UInt64 = 1,
        _ change: (inout ModelMirror) -> Void = { _ in }
    ) -> Rehearsal {
        var mirror = ModelMirror(catalog)
        change(&mirror)
        return Rehearsal(catalog, mirror, seed: seed)
    }

    @Test func aFirstPassAsksForEachFileOnce() {
        var rehearsal = Self.rehearsal()
        rehearsal.check()
        let count = rehearsal.policy.catalog.count
        #expect(rehearsal.requests.files == count)
        #expect(rehearsal.requests.names == 1)
        #expect(rehearsal.wrongCount == 0)
        #expect(rehearsal.unusedCount == 0)
        #expect(rehearsal.agenda?.counts.present == count)
    }

    @Test func everyFileIsAskedForWithinTheCycle() {
        let catalog = Self.catalog()
        var settings = PolicySettings()
        settings.cycleSeconds = 12 * 3_600
        var rehearsal = Rehearsal(catalog, ModelMirror(catalog), settings: settings)
        rehearsal.check()
        rehearsal.pass(hours: 18)
        let oldest = rehearsal.policy.catalog.ids.map { rehearsal.state[$0].askedAt }.min()
        #expect(oldest.map { rehearsal.now.seconds(since: $0) < 13 * 3_600 + 1_800 } == true)
        #expect(rehearsal.wrongCount == 0 && rehearsal.unusedCount == 0)
    }

    @Test func whereFoldersAreListedListingsRenew() {
        var rehearsal = Self.rehearsal { $0.lists = true }
        rehearsal.check()
        rehearsal.pass(hours: 48)
        let folders = 33
        let requests = rehearsal.requests(inHours: 24)
        #expect((folders - 5...folders + 5).contains(requests.folders))
        let oldest = rehearsal.policy.catalog.ids.map { rehearsal.state[$0].observedAt }.min()
        #expect(oldest.map { rehearsal.now.seconds(since: $0) < 86_400 + 7_200 + 900 } == true)
    }

    /// With neighbourhoods, the files of the large folder would be asked for once in 30 hours.
    @Test func inASmallTreeTheFilesOfALargeFolderAreAskedForAsOften() {
        var catalog = Catalog(generation: 1)
        let paths = (0..<60).map { "single/\($0)/file" } + (0..<120).map { "large/\($0)" }
        for (number, path) in paths.enumerated() {
            catalog.append(
                ExpectedFile(
                    path: TreePath(path),
                    kind: .file,
                    byteCount: UInt64(10_000 + number),
                    modified: Self.start.advanced(bySeconds: -86_400),
                    firstSeen: Self.start.advanced(bySeconds: -86_400),
                    changedIn: 1
                )
            )
        }
        var rehearsal = Self.rehearsal(catalog) { $0.lists = true }
        rehearsal.check()
        rehearsal.pass(hours: 12)
        let ages = catalog.ids.map { rehearsal.now.seconds(since: rehearsal.state[$0].askedAt) }
        #expect(ages.max().map { $0 < 4 * 3_600 } == true)
        #expect(rehearsal.requests(inHours: 24).files < 16 * 288)
    }

    /// Among folders of equal size none is large; nginx without autoindex refuses the folders
    /// themselves.
    @Test(arguments: [100, 256])
    func equalFoldersOfASmallTreeHaveOneQuestionASampling(folderCount: Int) {
        var catalog = Catalog(generation: 1)
        for folder in 0..<folderCount {
            for number in 0..<20 {
                catalog.append(
                    ExpectedFile(
                        path: TreePath("\(folder)/\(number)"),
                        kind: .file,
                        byteCount: UInt64(10_000 + number),
                        modified: Self.start.advanced(bySeconds: -86_400),
                        firstSeen: Self.start.advanced(bySeconds: -86_400),
                        changedIn: 1
                    )
                )
            }
        }
        var rehearsal = Self.rehearsal(catalog)
        rehearsal.check()
        rehearsal.pass(hours: 12)
        let requests = rehearsal.requests(inHours: 24).files
        #expect(requests > 2_400 && requests < 8_000, "\(requests)")
    }

    @Test func aDayIsAskedEvenly() {
        var rehearsal = Self.rehearsal()
        rehearsal.check()
        rehearsal.pass(hours: 12)
        let hours = (0..<48).map { _ in rehearsal.requests(inHours: 1).total }
        let mean = Double(hours.reduce(0, +)) / 48
        #expect(hours.allSatisfy { Double($0) <= 2 * mean })
    }

    /// Checks every minute ask no more than checks every five minutes.
    @Test func moreRunsAskNoMore() {
        var seldom = Self.rehearsal()
        seldom.check()
        var often = seldom
        let expected = seldom.requests(inHours: 24).total
        let before = often.requests.total
        for _ in 0..<24 * 60 {
            often.now = often.now.advanced(bySeconds: 60)
            often.check()
        }
        #expect(abs(often.requests.total - before - expected) <= expected / 20)
    }

    /// An idle visit does not need the state.
    @Test func theStateIsOpenedEveryTwoHours() {
        var rehearsal = Self.rehearsal()
        rehearsal.check()
        rehearsal.pass(hours: 6)
        let before = rehearsal.openCount
        rehearsal.pass(hours: 24)
        #expect((11...14).contains(rehearsal.openCount - before))
    }

    // MARK: - Lost files

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func aLostFolderIsNoLongerOfferedWithinFiveHours(seed: UInt64) {
        let catalog = Self.catalog()
        var rehearsal = Self.rehearsal(catalog, seed)
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
        let catalog = Self.catalog()
        var rehearsal = Self.rehearsal(catalog, seed)
        rehearsal.check()
        rehearsal.pass(hours: 8)
        for file in catalog.files(inFolder: Int(seed)) { rehearsal.mirror.statuses[file] = 403 }
        rehearsal.pass(hours: 5)
        let refused = catalog.files(inFolder: Int(seed))
        #expect(!refused.contains { rehearsal.offers($0) })
        #expect(refused.allSatisfy { rehearsal.state[$0].outcome == .refused })
        #expect(rehearsal.unusedCount == refused.count)
    }

    @Test func whatIsLostElsewhereIsFoundWithTheFirstFolder() {
        let catalog = Self.catalog()
        var rehearsal = Self.rehearsal(catalog)
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
        let catalog = Self.catalog()
        var rehearsal = Self.rehearsal(catalog)
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
        let catalog = Self.catalog()
        var rehearsal = Self.rehearsal(catalog)
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
        let catalog = Self.catalog()
        var rehearsal = Self.rehearsal(catalog)
        rehearsal.check()
        for file in catalog.files(inFolder: 5) { rehearsal.mirror.present.remove(file) }
        rehearsal.pass(hours: 30)
        rehearsal.mirror = ModelMirror(catalog)
        rehearsal.pass(hours: 24)
        #expect(rehearsal.unusedCount == 0)
    }

    /// A run that has to end, or access points with more urgent work, cut visits short.
    @Test func whatAVisitDidNotComeToIsPlannedAnew() {
        var rehearsal = Self.rehearsal { $0.lists = true }
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
        let catalog = Self.catalog()
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
        let catalog = Self.catalog()
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
        let catalog = Self.catalog()
        var rehearsal = Self.rehearsal(catalog) { mirror in
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
        let catalog = Self.catalog()
        let policy = CheckPolicy(catalog: catalog, classes: .standard, settings: PolicySettings())
        var folders: Set<ArraySlice<UInt8>> = []
        let first = catalog.ids.filter { folders.insert(policy.folderPath(of: $0)).inserted }
        var rehearsal = Self.rehearsal(catalog) { $0.present = Set(first) }
        rehearsal.check()
        rehearsal.pass(hours: 48)
        #expect(rehearsal.requests(inHours: 24).total < 2 * catalog.count)
    }

    // MARK: - News

    @Test(arguments: [0, 15, 60, 180, 540, 1_080])
    func aBatchIsFoundSoonAfterItArrives(minutesUntilSynchronized: Int) {
        var catalog = Self.catalog()
        var rehearsal = Self.rehearsal(catalog)
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
        #expect(files.allSatisfy { rehearsal.offers($0) })
    }

    @Test func aBatchThatDoesNotComeIsPolledALittle() {
        var catalog = Self.catalog()
        var rehearsal = Self.rehearsal(catalog)
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
        var catalog = Self.catalog()
        var rehearsal = Self.rehearsal(catalog)
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
        var catalog = Self.catalog()
        let release = catalog.append(
            ExpectedFile(
                path: TreePath("Release"),
                kind: .file,
                byteCount: 1_422,
                modified: Self.start.advanced(bySeconds: -5 * 86_400),
                firstSeen: catalog.publishedAt,
                changedIn: 1
            )
        )
        var rehearsal = Self.rehearsal(catalog, seed) { mirror in
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

    // MARK: - Older trees, and outages

    @Test func anOldTreeIsFoundFromItsNewestFiles() {
        var catalog = Self.catalog()
        var rehearsal = Self.rehearsal(catalog)
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
        let catalog = Self.catalog()
        var rehearsal = Self.rehearsal(catalog)
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

    @Test func aServerThatRedirectsToItsHomePageIsUsed() {
        let catalog = Self.catalog()
        var rehearsal = Self.rehearsal(catalog) { mirror in
            mirror.missingAnswer = (200, 5_120)
            mirror.present = mirror.present.filter { $0.rawValue % 10 != 3 }
        }
        rehearsal.check()
        rehearsal.pass(hours: 2)
        #expect(rehearsal.wrongCount == 0)
        // Folders answer with pages as well.
        let folders = catalog.ids.count { catalog.leadsToDirectory($0) }
        #expect(rehearsal.unusedCount <= folders)
        #expect(rehearsal.state.memory.softNotFound?.lengths.contains(5_120) == true)
    }

    @Test func aServerThatAnswersEverythingWithTheLengthAskedForIsNotUsed() {
        let catalog = Self.catalog()
        var rehearsal = Self.rehearsal(catalog) { mirror in
            mirror.portal = 10_000
        }
        rehearsal.check()
        rehearsal.pass(hours: 2)
        #expect(rehearsal.doubt?.scope == .whole)
        #expect(!catalog.ids.contains { rehearsal.offers($0) })
    }

    @Test(arguments: [false, true])
    func filesThatServersDifferInAreNotOffered(lists: Bool) {
        let catalog = Self.catalog()
        let differing = Set(
            catalog.ids.filter { $0.rawValue % 25 == 4 && !catalog.leadsToDirectory($0) }
        )
        var rehearsal = Self.rehearsal(catalog) { mirror in
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
        let catalog = Self.catalog()
        var rehearsal = Self.rehearsal(catalog)
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

    @Test func aClockThatWasAheadStopsNothing() {
        let catalog = Self.catalog()
        var rehearsal = Self.rehearsal(catalog)
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
        let newest = catalog.ids.map { rehearsal.state[$0].askedAt }.max()
        #expect(newest.map { $0 <= rehearsal.now } == true)
        let oldest = catalog.ids.map { rehearsal.state[$0].askedAt }.min()
        #expect(oldest.map { rehearsal.now.seconds(since: $0) < 8 * 86_400 } == true)
    }
}
