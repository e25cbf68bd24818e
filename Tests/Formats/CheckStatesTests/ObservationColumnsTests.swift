import Catalogs
import CheckStates
import Mirrors
import TestSupport
import Testing
import Time

@Suite struct ObservationColumnsTests {
    private static let earliest = CheckStateTests.now.advanced(bySeconds: -60 * 5 * 1000)

    /// A state and the generations in which its files last changed: the states' proofs are of
    /// generation 3.
    private func made(_ count: Int) -> (state: CheckState, changedIn: [UInt32]) {
        var random = SeededGenerator(seed: UInt64(count))
        let changedIn = (0..<count).map { _ in UInt32.random(in: 2...4, using: &random) }
        return (CheckStateTests.sweptState(fileCount: count, seed: UInt64(count)), changedIn)
    }

    @Test(arguments: [0, 1, 63, 64, 65, 200])
    func presenceIsThatOfEachObservation(count: Int) {
        let (state, changedIn) = made(count)
        for start in stride(from: 0, to: count + 64, by: 64) {
            let presence = state.observations.presence(
                from: start,
                changedIn: changedIn,
                earliest: Self.earliest
            )
            for bit in 0..<64 {
                let seen = state[FileID(UInt32(start + bit))]
                let isSeen = seen.outcome == .present
                let isProven =
                    isSeen && seen.generation >= changedIn[start + bit]
                    && seen.observedAt >= Self.earliest
                #expect(presence.seen >> UInt64(bit) & 1 == (isSeen ? 1 : 0))
                #expect(presence.proven >> UInt64(bit) & 1 == (isProven ? 1 : 0))
            }
        }
    }

    /// A number without a file in the catalog is held nowhere, and neither is a file never asked
    /// for.
    @Test(arguments: [(asked: 70, known: 65), (65, 70)])
    func presenceEndsWithTheShorterColumn(asked: Int, known: Int) {
        var state = CheckState(accessPointID: "a", baseURL: "http://a/")
        for index in 0..<asked {
            state[FileID(UInt32(index))] = CheckStateTests.observation(.present)
        }
        let presence = state.observations.presence(
            from: 64,
            changedIn: Array(repeating: 1, count: known),
            earliest: Self.earliest
        )
        #expect(presence.seen == 1)
        #expect(presence.proven == 1)
    }

    @Test func latestIsThatOfTheChosenFilesOnly() {
        let (state, _) = made(70)
        var random = SeededGenerator(seed: 70)
        for start in [0, 64] {
            for _ in 0..<50 {
                let files = UInt64.random(in: 0 ... .max, using: &random)
                let time = CheckStateTests.now.advanced(
                    bySeconds: -.random(in: 0...600_000, using: &random)
                )
                let chosen = (start..<min(start + 64, state.count)).filter {
                    files >> UInt64($0 - start) & 1 == 1
                }
                let times = chosen.map { state[FileID(UInt32($0))].observedAt }
                #expect(
                    state.observations.latest(of: files, from: start, or: time)
                        == max(time, times.max() ?? time)
                )
            }
        }
    }
}
