import Catalogs
import CheckPlanning
import CheckStates
import Mirrors
import TestSupport
import Testing
import Time

/// Files that the master removed: where, how often and until when they are asked for, and until
/// when they are served.
@Suite struct RemovalTests {
    /// A mirror that was asked for everything, and the files now removed from its master.
    private struct Course {
        var rehearsal: Rehearsal
        let removed: [FileID]
        let removals: Removals

        init(
            count: Int = 20,
            folders: Int = 32,
            lists: Bool = false,
            settings: PolicySettings = PolicySettings()
        ) {
            let catalog = Catalog.tree(
                folders: folders,
                at: VisitTests.start.advanced(bySeconds: -86_400)
            )
            var mirror = ModelMirror(catalog)
            mirror.lists = lists
            rehearsal = Rehearsal(catalog, mirror, settings: settings)
            rehearsal.check()
            rehearsal.pass(hours: 3)
            removed = Array(
                catalog.ids.filter { catalog.kind(of: $0) == .file }.prefix(count)
            )
            let next = catalog.removing(removed, at: rehearsal.now)
            removals = Removals(
                of: next,
                within: settings.removedSeconds,
                classes: .standard
            )
            rehearsal.policy = CheckPolicy(
                catalog: next,
                classes: .standard,
                settings: settings
            )
        }

        /// The removed files that the Builder's rule serves.
        var served: Set<FileID> {
            Set(
                removals.entries.filter { entry in
                    rehearsal.isProven(entry.file)
                        && removals.isServed(
                            entry,
                            provenAt: rehearsal.state[entry.file].observedAt,
                            now: rehearsal.now
                        )
                }.map(\.file)
            )
        }
    }

    @Test(arguments: [true, false])
    func whatAMirrorKeepsIsServedForFourteenDaysAndAskedForEveryDay(lists: Bool) {
        var course = Course(lists: lists)
        var quiet = course.rehearsal
        quiet.mirror.present.subtract(course.removed)
        quiet.pass(hours: 24)
        for day in 0..<14 {
            for _ in 0..<24 {
                #expect(course.served == Set(course.removed), "day \(day)")
                course.rehearsal.pass(hours: 1)
            }
        }
        #expect(course.served.isEmpty)
        #expect(course.rehearsal.doubt == nil)
        let usual = quiet.requests(inHours: 24).files
        let after = course.rehearsal.requests(inHours: 24).files
        #expect(abs(after - usual) < usual / 20, "\(after) questions instead of \(usual)")
    }

    @Test(arguments: [0, 3, 7, 30, 100])
    func whatAMirrorDeletesIsNotServedForLongAndNothingIsDoubted(hours: Int) {
        var course = Course()
        course.rehearsal.pass(hours: hours)
        #expect(course.served == Set(course.removed))
        course.rehearsal.mirror.present.subtract(course.removed)
        // A poll after a quarter of an hour or a tenth of the time since the removal.
        course.rehearsal.pass(minutes: max(30, 60 * hours / 10 + 30))
        #expect(course.served.isEmpty)
        #expect(course.rehearsal.doubt == nil)
        #expect(course.rehearsal.unusedCount == 0)
        #expect(course.rehearsal.state.memory.investigation == nil)
        #expect(course.rehearsal.agenda?.counts.absent == 0)
    }

    /// The files of a batch that were not asked for are in question, so they are not asked for
    /// again.
    @Test func oneThatIsGoneEndsTheQuestionsAboutAll() {
        var course = Course(count: 200)
        course.rehearsal.pass(hours: 1)
        course.rehearsal.mirror.present.subtract(course.removed)
        course.rehearsal.pass(hours: 1)
        let asked = course.removed.count { course.rehearsal.state[$0].outcome == .absent }
        #expect((1...4).contains(asked))
        let before = course.removed.map { course.rehearsal.state[$0] }
        course.rehearsal.pass(hours: 72)
        #expect(course.removed.map { course.rehearsal.state[$0] } == before)
    }

    @Test func howManyAreAskedForInADayIsBounded() {
        let count = PolicySettings.removedLimit + 1_000
        var course = Course(count: count, folders: 380)
        #expect(course.removed.count == count)
        course.rehearsal.pass(hours: 38)
        let kept = course.served.count
        #expect(kept >= PolicySettings.removedLimit && kept < count)
        var without = course.rehearsal
        var settings = PolicySettings()
        settings.removedSeconds = 0
        without.policy = CheckPolicy(
            catalog: course.rehearsal.policy.catalog,
            classes: .standard,
            settings: settings
        )
        without.agenda = nil
        let more =
            course.rehearsal.requests(inHours: 20).files - without.requests(inHours: 20).files
        #expect(more > PolicySettings.removedLimit / 2)
        #expect(more < PolicySettings.removedLimit * 3 / 2)
    }

    /// No client is sent to rsync, and a question there may cost a complete listing.
    @Test func accessPointsThatNobodyIsSentToAreNotAsked() {
        let catalog = Catalog.tree(folders: 32, at: VisitTests.start.advanced(bySeconds: -86_400))
        var rehearsal = Rehearsal(catalog, ModelMirror(catalog), scheme: .rsync)
        rehearsal.check()
        rehearsal.pass(hours: 3)
        let files = Array(catalog.ids.filter { catalog.kind(of: $0) == .file }.prefix(20))
        rehearsal.policy = CheckPolicy(
            catalog: catalog.removing(files, at: rehearsal.now),
            classes: .standard,
            settings: PolicySettings()
        )
        let asked = rehearsal.requests(inHours: 12).files
        #expect(asked == 0, "\(asked)")
    }

    /// One file disappears with each of many publications: their polls do not add up.
    @Test func manyRemovalsArePolledALittle() {
        var catalog = Catalog.tree(folders: 64, at: VisitTests.start.advanced(bySeconds: -86_400))
        var rehearsal = Rehearsal(catalog, ModelMirror(catalog))
        rehearsal.check()
        rehearsal.pass(hours: 3)
        let files = catalog.ids.filter { catalog.kind(of: $0) == .file }
        var settings = PolicySettings()
        for file in files.prefix(300) {
            catalog = catalog.removing([file], at: rehearsal.now)
            rehearsal.policy = CheckPolicy(
                catalog: catalog,
                classes: .standard,
                settings: settings
            )
            rehearsal.pass(minutes: 15)
        }
        var without = rehearsal
        settings.removedSeconds = 0
        without.policy = CheckPolicy(catalog: catalog, classes: .standard, settings: settings)
        without.agenda = nil
        let more = rehearsal.requests(inHours: 24).files - without.requests(inHours: 24).files
        // Each of them once, plus the polls.
        #expect(more > 200 && more < 1_200, "\(more)")
    }

    @Test func aSilentMirrorLosesThemAndIsNotAskedWithoutEnd() {
        var course = Course()
        course.rehearsal.mirror.isSilent = true
        course.rehearsal.pass(hours: 40)
        #expect(course.served.isEmpty)
        course.rehearsal.mirror.isSilent = false
        let usual = course.rehearsal.requests(inHours: 24)
        #expect(course.served.isEmpty)
        #expect(usual.files < 24 * 12 * 20)
    }

    @Test func withoutDaysNoneIsServedOrAskedFor() {
        var settings = PolicySettings()
        settings.removedSeconds = 0
        var course = Course(settings: settings)
        // The answers from before the removal are kept.
        course.rehearsal.pass(minutes: 5)
        let before = course.removed.map { course.rehearsal.state[$0] }
        course.rehearsal.pass(hours: 48)
        #expect(course.served.isEmpty)
        #expect(course.removed.map { course.rehearsal.state[$0] } == before)
    }

    /// It counts as another file until it is asked for, whatever was known about the previous one.
    @Test func aPathThatComesBackIsAskedForAsNew() {
        var course = Course(count: 2)
        course.rehearsal.pass(hours: 3)
        var catalog = course.rehearsal.policy.catalog
        catalog.generation += 1
        catalog.publishedAt = course.rehearsal.now
        for id in course.removed {
            var file = catalog[id]
            (file.removed, file.changedIn) = (nil, catalog.generation)
            catalog.update(id, to: file)
        }
        course.rehearsal.policy = CheckPolicy(
            catalog: catalog,
            classes: .standard,
            settings: PolicySettings()
        )
        #expect(course.removed.allSatisfy { !course.rehearsal.isProven($0) })
        course.rehearsal.pass(minutes: 20)
        #expect(course.removed.allSatisfy { course.rehearsal.isProven($0) })
    }
}

extension Catalog {
    /// The next generation, in which `files` are removed.
    fileprivate func removing(_ files: [FileID], at time: Timestamp) -> Catalog {
        var catalog = self
        catalog.generation += 1
        catalog.publishedAt = time
        for id in files {
            var file = catalog[id]
            file.removed = time
            catalog.update(id, to: file)
        }
        return catalog
    }
}
