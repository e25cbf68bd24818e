import Catalogs
import CheckStates
import Mirrors
import Testing
import Time

/// The shrink guard as the state keeps it.
@Suite struct DoubtTests {
    static let now = CheckStateTests.now

    /// Ten files, of which `lostCount` have been lost for an hour.
    static func deployment(lost lostCount: Int) -> (catalog: Catalog, state: CheckState) {
        var catalog = Catalog(generation: 3)
        var state = CheckState(accessPointID: "a", baseURL: "http://a/")
        for index in 0..<10 {
            let id = catalog.append(.make("\(index)", firstSeenSecondsAgo: 9_000))
            state[id] = CheckStateTests.observation(
                index < lostCount ? .absent : .present,
                observedAt: now.advanced(bySeconds: -3_600),
                isLoss: index < lostCount
            )
        }
        return (catalog, state)
    }

    @Test(arguments: [
        (lost: 0, percent: 0, exceed: false), (1, 0, true), (2, 20, false), (3, 20, true),
        (10, 20, true), (10, 100, false),
    ])
    func moreThanTheLimitIsTooMuch(lost: Int, percent: Int, exceed: Bool) {
        let (catalog, state) = Self.deployment(lost: lost)
        let losses = state.losses(in: catalog)
        #expect(losses.heldCount == 10 - lost)
        #expect(losses.lostCount == lost)
        #expect(losses.exceed(percent: percent) == exceed)
    }

    @Test func whatTheMasterTookAwayOrChangedIsNoLoss() {
        var (catalog, state) = Self.deployment(lost: 3)
        var removed = catalog[FileID(0)]
        removed.removed = Self.now
        catalog.update(FileID(0), to: removed)
        var changed = catalog[FileID(1)]
        changed.changedIn = 4
        catalog.update(FileID(1), to: changed)
        #expect(state.losses(in: catalog).lostCount == 1)
        state.beginDoubt(now: Self.now)
        #expect(state.losses(in: catalog).undecidedCount == 1)
    }

    @Test func aProofCountsFromTheMinuteOfTheDoubt() {
        var (_, state) = Self.deployment(lost: 0)
        func isBelieved(_ seconds: Int64) -> Bool {
            state.isBelieved(
                CheckStateTests.observation(
                    .present,
                    observedAt: Self.now.advanced(bySeconds: seconds)
                )
            )
        }
        #expect(isBelieved(-1_000_000))
        state.beginDoubt(now: Self.now.advanced(bySeconds: 59))
        #expect(!isBelieved(-1))
        #expect(isBelieved(0))
        // A second reason does not change the time of the first.
        state.beginDoubt(now: Self.now.advanced(bySeconds: 600))
        #expect(isBelieved(0))
    }

    @Test func theDoubtEndsWhenEverythingWasLookedAtAgain() {
        var (catalog, state) = Self.deployment(lost: 3)
        state.beginDoubt(now: Self.now)
        func settle(_ seconds: Int64) {
            state.settleLosses(
                state.losses(in: catalog),
                now: Self.now.advanced(bySeconds: seconds)
            )
        }
        func see(_ index: Int, _ outcome: Observation.Outcome, isConfirmed: Bool = true) {
            let time = Self.now.advanced(bySeconds: 60)
            state[FileID(UInt32(index))] = Observation(
                outcome: outcome,
                isConfirmed: isConfirmed,
                observedAt: time,
                askedAt: time,
                generation: 3,
                isLoss: outcome != .present
            )
        }
        for index in 2..<10 { see(index, .present) }
        settle(60)
        #expect(state.doubtedAt == Self.now)
        see(0, .absent)
        see(1, .absent, isConfirmed: false)
        settle(60)
        #expect(state.doubtedAt == Self.now)
        see(1, .absent)
        settle(60)
        #expect(state.doubtedAt == nil)
        // The two files are simply missing now.
        #expect(state.losses(in: catalog).heldCount == 8)
        #expect(state.losses(in: catalog).lostCount == 0)
    }

    @Test func lossesAreForgottenAfterADay() {
        var (catalog, state) = Self.deployment(lost: 2)
        state.settleLosses(state.losses(in: catalog), now: Self.now)
        #expect(state.losses(in: catalog).lostCount == 0)
        state[FileID(5)].outcome = .absent
        state[FileID(5)].isLoss = true
        let later = Self.now.advanced(bySeconds: CheckState.lossSeconds - 1)
        state.settleLosses(state.losses(in: catalog), now: later)
        #expect(state.losses(in: catalog).lostCount == 1)
        state.settleLosses(state.losses(in: catalog), now: later.advanced(bySeconds: 1))
        #expect(state.losses(in: catalog).lostCount == 0)
    }
}

@Suite struct TimeKeepingTests {
    @Test(
        arguments: [
            (seen: 0, kept: 0, keeps: nil), (9, 9, nil), (10, 10, true), (10, 9, true),
            (10, 8, false),
            (200_000, 200_000, true),
        ] as [(seen: Int, kept: Int, keeps: Bool?)]
    )
    func nineInTenDecide(seen: Int, kept: Int, keeps: Bool?) {
        var times = TimeKeeping()
        for index in 0..<seen { times.note(isKept: index < kept) }
        #expect(times.keepsTimes == keeps)
    }

    @Test func aMirrorMayChange() {
        var times = TimeKeeping()
        for _ in 0..<1_000_000 { times.note(isKept: true) }
        for _ in 0..<20_000 { times.note(isKept: false) }
        #expect(times.keepsTimes == false)
    }
}
