import CheckStates
import Testing
import Time

@Suite struct AskingStrategyTests {
    static let now = Timestamp(secondsSinceEpoch: 1_795_362_420)

    static func state(_ strategy: AskingStrategy) -> CheckState {
        var state = CheckState(accessPointID: "a", baseURL: "http://a/")
        state.note(strategy, now: now)
        return state
    }

    @Test(arguments: AskingStrategy.Method.allCases) func isForgottenWhenItsTimeIsOver(
        method: AskingStrategy.Method
    ) {
        let strategy = AskingStrategy(method, depth: 9)
        let state = Self.state(strategy)
        let lifetime: Int64 = method == .pipelining ? 7 * 86_400 : 86_400
        #expect(state.strategy(now: Self.now) == strategy)
        #expect(state.strategy(now: Self.now.advanced(bySeconds: lifetime - 1)) == strategy)
        #expect(state.strategy(now: Self.now.advanced(bySeconds: lifetime)) == nil)
        // A clock that was set back does not make a memory last forever.
        #expect(state.strategy(now: Self.now.advanced(bySeconds: -1)) == nil)
    }

    @Test func confirmingItDoesNotMakeItYounger() {
        var state = Self.state(AskingStrategy(.sequential))
        for _ in 0..<3 {
            state.note(AskingStrategy(.sequential), now: Self.now.advanced(bySeconds: 80_000))
        }
        #expect(state.strategy(now: Self.now.advanced(bySeconds: 86_400)) == nil)
        // A strategy that is determined again counts from then on.
        state.note(AskingStrategy(.sequential), now: Self.now.advanced(bySeconds: 86_400))
        #expect(state.strategy(now: Self.now.advanced(bySeconds: 2 * 86_400 - 1)) != nil)
    }

    @Test(arguments: [
        AskingStrategy(.pipelining, depth: 8, answersPerConnection: 100),
        AskingStrategy(.multiplexing), AskingStrategy(.pipelining),
    ]) func somethingElseIsNew(strategy: AskingStrategy) {
        var state = Self.state(AskingStrategy(.pipelining, depth: 8, answersPerConnection: 1000))
        let later = Self.now.advanced(bySeconds: 6 * 86_400)
        state.note(strategy, now: later)
        #expect(state.strategy(now: later.advanced(bySeconds: 86_399)) == strategy)
    }

    @Test func theDepthOfTheLatestRunIsKept() {
        var state = Self.state(AskingStrategy(.pipelining, depth: 8))
        state.note(AskingStrategy(.pipelining, depth: 256), now: Self.now.advanced(bySeconds: 1))
        #expect(state.strategy(now: Self.now.advanced(bySeconds: 2))?.depth == 256)
        #expect(state.strategy(now: Self.now.advanced(bySeconds: 7 * 86_400)) == nil)
    }
}
