import Catalogs
import CheckPlanning
import CheckStates
import Foundation
import Mirrors
import TestSupport
import Testing
import Time

/// Claims that hold whatever happens.
///
/// Random sequences of faults, answers out of order, questions given back, and visits that are cut
/// short or killed. A seed that fails is printed with the test's arguments.
@Suite struct ChaosTests {
    static let start = Timestamp(secondsSinceEpoch: 1_800_000_000)

    struct Course {
        var catalog: Catalog
        var mirror: ModelMirror
        var policy: CheckPolicy
        var profile: AccessPointProfile
        var state: CheckState
        var agenda: Agenda?
        var now = start
        var random: SeededGenerator

        init(seed: UInt64) throws {
            catalog = Catalog.tree(folders: 12, at: start.advanced(bySeconds: -86_400))
            mirror = ModelMirror(catalog)
            policy = CheckPolicy(catalog: catalog, classes: .standard, settings: PolicySettings())
            profile = try ProfileTests.profile("https", 0, of: 1)
            state = CheckState(accessPointID: "m-https", baseURL: "https://m.example/")
            random = SeededGenerator(seed: seed)
        }

        mutating func chance(_ percent: Int) -> Bool {
            Int.random(in: 0..<100, using: &random) < percent
        }

        mutating func change() {
            switch Int.random(in: 0..<12, using: &random) {
            case 0:
                for file in catalog.files(inFolder: Int.random(in: 0..<12, using: &random)) {
                    mirror.present.remove(file)
                }
            case 1: for file in catalog.ids where chance(3) { mirror.present.remove(file) }
            case 2: for file in catalog.ids where chance(3) { mirror.statuses[file] = 403 }
            case 3: mirror.lackingElsewhere = Set(catalog.ids.filter { $0.rawValue % 25 == 1 })
            case 4: mirror.portal = 4_711
            case 5: mirror.isSilent = true
            case 6: mirror.lists.toggle()
            case 7:
                for file in catalog.publish(10, at: now) where chance(80) {
                    mirror.present.insert(file)
                }
                policy = CheckPolicy(
                    catalog: catalog,
                    classes: .standard,
                    settings: PolicySettings()
                )
            case 8: mirror.missingAnswer = (200, 3_000)
            case 9: mirror = ModelMirror()
            default: heal()
            }
        }

        mutating func heal() { mirror = ModelMirror(catalog) }

        /// One visit; the number of questions handed out and not taken back or answered is checked.
        mutating func visit() {
            var visit = Visit(
                policy,
                state: state,
                agenda: chance(80) ? agenda : nil,
                of: profile,
                now: now
            )
            var open: [PlannedQuestion] = []
            var rounds = Int.random(in: 1...400, using: &random)
            while rounds > 0 {
                rounds -= 1
                let plannedQuestions = visit.next(Int.random(in: 1...16, using: &random), now: now)
                for planned in plannedQuestions {
                    // Several names that cannot exist may be asked for beside one file.
                    if case .impossibleName = planned.subject { continue }
                    #expect(!open.contains(planned), "asked twice at once")
                }
                open += plannedQuestions
                if open.isEmpty { break }
                let position = Int.random(in: 0..<open.count, using: &random)
                for planned in [open.remove(at: position)] {
                    if chance(3) {
                        visit.giveBack(planned)
                    } else {
                        visit.take(
                            planned,
                            mirror.answer(planned, policy, using: &random),
                            now: now
                        )
                    }
                }
                if chance(5) { now = now.advanced(bySeconds: 1) }
            }
            for planned in open { visit.giveBack(planned) }
            expectRightCounts(of: visit)
            if chance(90) {
                let agenda = visit.close(now: now)
                self.agenda = agenda
                state = visit.state
                #expect(agenda.opensAt <= now.advanced(bySeconds: 6 * 3_600))
            }
            // Otherwise it is killed, and nothing of it is stored.
        }

        /// Counts that are kept incrementally agree with the state.
        func expectRightCounts(of visit: Visit) {
            let live = catalog.ids.filter { visit.catalog.isLive($0) }
            let current = live.filter {
                visit.state.generation(of: $0) >= visit.catalog.changedIn($0)
            }
            let present = current.filter { visit.state.outcome(of: $0) == .present }
            let counts = visit.summary(now: now).counts
            #expect(counts.total == live.count)
            #expect(counts.present == present.count { visit.state[$0].isTrusted })
            #expect(
                counts.absent
                    == current.count {
                        visit.state[$0].outcome == .absent && visit.state[$0].isConfirmed
                    }
            )
            #expect(
                visit.summary(now: now).questionedCount
                    == present.count { visit.state[$0].isQuestioned }
            )
        }

        func offers(_ file: FileID) -> Bool {
            state.doubtedAt == nil && state[file].isTrusted
                && state.generation(of: file) >= catalog.changedIn(file)
        }
    }

    /// `CHAOS_SEEDS=1000` tries more of them.
    private static var seeds: ClosedRange<UInt64> {
        1...(ProcessInfo.processInfo.environment["CHAOS_SEEDS"].flatMap { UInt64($0) } ?? 8)
    }

    @Test(arguments: seeds)
    func whateverHappensTheTruthIsFoundWhenItIsOver(seed: UInt64) throws {
        var course = try Course(seed: seed)
        for _ in 0..<60 {
            course.now = course.now.advanced(
                bySeconds: .random(in: 60...7_200, using: &course.random)
            )
            if course.chance(25) { course.change() }
            course.visit()
        }
        course.heal()
        // Two weeks at most, for inconsistency and long rests. No visit has the previous one's
        // agenda, so regular times would leave out the same turns each time.
        var wrong: [String] = []
        for _ in 0..<16 * 24 {
            course.now = course.now.advanced(
                bySeconds: .random(in: 1_800...5_400, using: &course.random)
            )
            var visit = Visit(
                course.policy,
                state: course.state,
                agenda: nil,
                of: course.profile,
                now: course.now
            )
            while true {
                let plannedQuestions = visit.next(16, now: course.now)
                if plannedQuestions.isEmpty { break }
                for planned in plannedQuestions {
                    let answer = course.mirror.answer(
                        planned,
                        course.policy,
                        using: &course.random
                    )
                    visit.take(planned, answer, now: course.now)
                }
            }
            course.agenda = visit.close(now: course.now)
            course.state = visit.state
            wrong = course.catalog.ids.filter { !course.offers($0) }
                .map { "\(course.catalog.path(of: $0)): \(course.state[$0])" }
            if wrong.isEmpty { break }
        }
        #expect(wrong == [])
    }
}
