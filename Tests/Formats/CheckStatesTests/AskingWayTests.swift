import CheckStates
import Testing
import Time

@Suite struct AskingWayTests {
    static let now = Timestamp(secondsSinceEpoch: 1_795_362_420)

    static func state(_ way: AskingWay) -> CheckState {
        var state = CheckState(accessPointID: "a", baseURL: "http://a/")
        state.note(way, now: now)
        return state
    }

    @Test(arguments: AskingWay.Method.allCases) func isForgottenWhenItsTimeIsOver(
        method: AskingWay.Method
    ) {
        let way = AskingWay(method, depth: 9)
        let state = Self.state(way)
        let lifetime: Int64 = method == .pipelining ? 7 * 86_400 : 86_400
        #expect(state.way(now: Self.now) == way)
        #expect(state.way(now: Self.now.advanced(bySeconds: lifetime - 1)) == way)
        #expect(state.way(now: Self.now.advanced(bySeconds: lifetime)) == nil)
        // A clock that was set back makes no memory eternal.
        #expect(state.way(now: Self.now.advanced(bySeconds: -1)) == nil)
    }

    @Test func confirmingItDoesNotMakeItYounger() {
        var state = Self.state(AskingWay(.takingTurns))
        for _ in 0..<3 {
            state.note(AskingWay(.takingTurns), now: Self.now.advanced(bySeconds: 80_000))
        }
        #expect(state.way(now: Self.now.advanced(bySeconds: 86_400)) == nil)
        // What is found out anew counts from then.
        state.note(AskingWay(.takingTurns), now: Self.now.advanced(bySeconds: 86_400))
        #expect(state.way(now: Self.now.advanced(bySeconds: 2 * 86_400 - 1)) != nil)
    }

    @Test(arguments: [
        AskingWay(.pipelining, depth: 8, answersPerConnection: 100),
        AskingWay(.multiplexing), AskingWay(.pipelining),
    ]) func somethingElseIsNew(way: AskingWay) {
        var state = Self.state(AskingWay(.pipelining, depth: 8, answersPerConnection: 1000))
        let later = Self.now.advanced(bySeconds: 6 * 86_400)
        state.note(way, now: later)
        #expect(state.way(now: later.advanced(bySeconds: 86_399)) == way)
    }

    @Test func theDepthOfTheLatestRunIsKept() {
        var state = Self.state(AskingWay(.pipelining, depth: 8))
        state.note(AskingWay(.pipelining, depth: 256), now: Self.now.advanced(bySeconds: 1))
        #expect(state.way(now: Self.now.advanced(bySeconds: 2))?.depth == 256)
        #expect(state.way(now: Self.now.advanced(bySeconds: 7 * 86_400)) == nil)
    }
}
