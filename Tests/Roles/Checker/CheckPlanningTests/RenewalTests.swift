import Catalogs
import CheckPlanning
import CheckStates
import Mirrors
import TestSupport
import Testing
import Time

/// How the proofs of another access point of the same tree count.
@Suite struct RenewalTests {
    static let now = VisitTests.start
    static let policy = CheckPolicy(
        catalog: VisitTests.catalog(),
        classes: .standard,
        settings: PolicySettings()
    )
    static var files: [FileID] { Array(policy.catalog.ids) }

    static func ago(_ seconds: Int64) -> Timestamp { now.advanced(bySeconds: -seconds) }

    /// A state in which everything was asked for this many seconds ago.
    static func state(
        _ id: String,
        askedSecondsAgo: Int64,
        _ change: (inout CheckState) -> Void = { _ in }
    ) -> CheckState {
        let scheme = id == "https" ? "https" : "http"
        var state = CheckState(accessPointID: id, baseURL: "\(scheme)://m.example/")
        state.beganAt = ago(90 * 86_400)
        for file in files {
            state[file] = Observation(
                outcome: .present,
                isConfirmed: true,
                observedAt: ago(askedSecondsAgo),
                askedAt: ago(askedSecondsAgo),
                generation: policy.catalog.generation
            )
        }
        state.memory.served.sampledUntil = ago(600)
        change(&state)
        return state
    }

    static func visit(_ state: CheckState) -> Visit {
        let point = AccessPoint(id: "https", scheme: .https, baseURL: "https://m.example/")
        let profile = AccessPointProfile(
            point,
            share: AccessPointProfile.Share(part: 1, of: 2),
            tree: "//m.example/"
        )
        return Visit(policy, state: state, agenda: nil, of: profile, now: now)
    }

    /// A file that was lost at one time and was still missing at a later one.
    static func lost(since: Int64, askedSecondsAgo: Int64) -> Observation {
        Observation(
            outcome: .absent,
            isConfirmed: true,
            observedAt: ago(since),
            askedAt: ago(askedSecondsAgo),
            generation: policy.catalog.generation,
            isLoss: true,
            failures: 3
        )
    }

    @Test func twinsTakeOverEachOthersQuestions() {
        var visit = Self.visit(Self.state("https", askedSecondsAgo: 500_000))
        visit.renew(
            from: Self.state("http", askedSecondsAgo: 90_000),
            as: .twin,
            now: Self.now
        )
        #expect(Self.files.allSatisfy { visit.state[$0].askedAt == Self.ago(90_000) })
        #expect(visit.profile.share.count == 2)
    }

    @Test func aListingRenewsForSixtyDaysAfterTheLastQuestion() {
        let old = 61 * 86_400 as Int64
        var visit = Self.visit(
            Self.state("https", askedSecondsAgo: 500_000) { state in
                state[FileID(1)].askedAt = Self.ago(old)
                state[FileID(1)].observedAt = Self.ago(old)
            }
        )
        visit.renew(
            from: Self.state("rsync", askedSecondsAgo: 3_600),
            as: .listing,
            now: Self.now
        )
        #expect(visit.state[FileID(0)].observedAt == Self.ago(3_600))
        #expect(visit.state[FileID(0)].askedAt == Self.ago(500_000))
        #expect(visit.state[FileID(1)].observedAt == Self.ago(old))
    }

    /// Files were missing here before and after the other access point showed them: two trees.
    @Test(arguments: [Visit.Relation.twin, .listing]) func twoFilesMakeTwoTrees(
        relation: Visit.Relation
    ) {
        let other = Self.state("other", askedSecondsAgo: 20_000)
        for count in 1...2 as ClosedRange<UInt32> {
            var visit = Self.visit(
                Self.state("https", askedSecondsAgo: 500_000) { state in
                    for number in 0..<count {
                        state[FileID(number)] = Self.lost(since: 40_000, askedSecondsAgo: 900)
                    }
                }
            )
            visit.renew(from: other, as: relation, now: Self.now)
            let isRenewed = visit.state[FileID(9)].observedAt == Self.ago(20_000)
            #expect(isRenewed == (count == 1))
            let since =
                relation == .twin ? visit.state.memory.differedAt : visit.state.contradictedAt
            #expect((since != nil) == (count == 2))
            // Access points that do not share proofs do not share questions either.
            #expect(visit.profile.share.count == (relation == .twin && count == 2 ? 1 : 2))
        }
    }

    @Test func whatWasGoneForAWhileIsNoDifference() {
        let other = Self.state("http", askedSecondsAgo: 20_000)
        let observations = [
            // Lost after it was shown; shown after it was last asked for.
            Self.lost(since: 10_000, askedSecondsAgo: 900),
            Self.lost(since: 90_000, askedSecondsAgo: 50_000),
        ]
        for observation in observations {
            var visit = Self.visit(
                Self.state("https", askedSecondsAgo: 500_000) { state in
                    for number in 0..<5 as Range<UInt32> { state[FileID(number)] = observation }
                }
            )
            visit.renew(from: other, as: .twin, now: Self.now)
            #expect(visit.state.memory.differedAt == nil)
            #expect(visit.state[FileID(9)].askedAt == Self.ago(20_000))
        }
    }

    @Test func aTwinThatIsNotAskedLeavesNoShare() {
        var visit = Self.visit(Self.state("https", askedSecondsAgo: 500_000))
        visit.renew(
            from: Self.state("http", askedSecondsAgo: 90_000) { state in
                state.memory.served.sampledUntil = Self.ago(5 * 3_600)
            },
            as: .twin,
            now: Self.now
        )
        #expect(visit.profile.share.count == 1)
        #expect(visit.state[FileID(0)].askedAt == Self.ago(500_000))
    }
}
