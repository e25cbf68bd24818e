import CheckStates
import Testing

@testable import Checking

@Suite struct PipelineLimitsTests {
    @Test func stopsShortOfCommonLimitsUntilAllIsAnswered() {
        var limits = PipelineLimits()
        for answered in 1...300 { limits.noteAnswer(answered: answered, remainingCount: nil) }
        #expect(limits.depth == 256)
        #expect(limits.room(sent: 0, answered: 0) == 96)
        #expect(limits.room(sent: 96, answered: 95) == 0)
        #expect(limits.room(sent: 96, answered: 96) == 32)
        #expect(limits.room(sent: 128, answered: 128) == 256)
        #expect(limits.room(sent: 800, answered: 700) == 156)
        #expect(limits.room(sent: 900, answered: 800) == 92)
        #expect(limits.room(sent: 992, answered: 990) == 0)
        #expect(limits.room(sent: 992, answered: 992) == 32)
        // A server that answered more than any default limit is not waited for.
        #expect(limits.room(sent: 2100, answered: 2000) == 156)
    }

    @Test func neverMoreThanTheServerAnswers() {
        var limits = PipelineLimits()
        for answered in 1...500 { limits.noteAnswer(answered: answered, remainingCount: nil) }
        limits.noteLastAnswer(answered: 100, status: 200)
        #expect(limits.answersPerConnection == 100)
        #expect(limits.room(sent: 0, answered: 0) == 100)
        #expect(limits.room(sent: 99, answered: 50) == 1)
        #expect(limits.room(sent: 100, answered: 50) == 0)
    }

    @Test func theNextConnectionIsMadeWithinARoundTripOfTheEnd() {
        var limits = PipelineLimits()
        #expect(!limits.isNearlyFull(sent: 900))
        for answered in 1...100 { limits.noteAnswer(answered: answered, remainingCount: nil) }
        limits.noteLastAnswer(answered: 1000, status: 200)
        #expect(limits.depth == 108)
        #expect(!limits.isNearlyFull(sent: 891))
        #expect(limits.isNearlyFull(sent: 892))
        // However deep the pipeline is, a new connection is not nearly full.
        limits.noteLastAnswer(answered: 100, status: 200)
        #expect(!limits.isNearlyFull(sent: 0))
    }

    @Test func believesKeepAlive() {
        var limits = PipelineLimits()
        limits.noteAnswer(answered: 1, remainingCount: 100)
        #expect(limits.answersPerConnection == 101)
        limits.noteAnswer(answered: 2, remainingCount: .max)
        #expect(limits.answersPerConnection == 1_000_002)
    }

    @Test func anErrorThatClosesIsNoLimit() {
        var limits = PipelineLimits()
        limits.noteLastAnswer(answered: 30, status: 400)
        #expect(limits.answersPerConnection == nil)
    }

    @Test func ofResetsTheGreatestCountIsKept() {
        var limits = PipelineLimits()
        limits.noteCut(answered: 51, reason: "reset")
        limits.noteCut(answered: 40, reason: "reset")
        #expect(limits.answersPerConnection == 51)
        limits.noteLastAnswer(answered: 100, status: 200)
        #expect(limits.answersPerConnection == 100)
    }

    @Test func troubleHalvesTheDepthAndGivesUpTheThirdTime() {
        var limits = PipelineLimits()
        for answered in 1...1000 { limits.noteAnswer(answered: answered, remainingCount: nil) }
        #expect(limits.depth == PipelineLimits.greatestDepth)
        for depth in [128, 64] {
            limits.noteCut(answered: 3, reason: "reset")
            #expect(limits.depth == depth)
            #expect(limits.problem == nil)
        }
        limits.noteCut(answered: 3, reason: "reset")
        #expect(limits.problem == "reset")
        #expect(limits.room(sent: 0, answered: 0) == 0)
    }

    @Test func manyAnswersForgiveTrouble() {
        var limits = PipelineLimits()
        for _ in 0..<10 {
            limits.noteCut(answered: 3, reason: "reset")
            for answered in 1...500 { limits.noteAnswer(answered: answered, remainingCount: nil) }
        }
        #expect(limits.problem == nil)
    }

    @Test func beginsWithWhatAnEarlierRunLearnt() {
        let strategy = AskingStrategy(.pipelining, depth: 200, answersPerConnection: 101)
        var limits = PipelineLimits(remembering: strategy)
        #expect(limits.room(sent: 0, answered: 0) == 101)
        #expect(limits.isNearlyFull(sent: 50))
        // If the server states another number, that one applies from now on.
        limits.noteLastAnswer(answered: 30, status: 200)
        #expect(limits.answersPerConnection == 30)
        #expect(limits.problem == nil)
    }

    @Test func theFirstTroubleVoidsWhatIsRemembered() {
        let strategy = AskingStrategy(.pipelining, depth: 256, answersPerConnection: 1000)
        var limits = PipelineLimits(remembering: strategy)
        limits.noteCut(answered: 50, reason: "reset")
        #expect(limits.answersPerConnection == 50)
        #expect(limits.depth == 4)
        #expect(limits.problem == nil)
        limits.noteCut(answered: 50, reason: "reset")
        limits.noteCut(answered: 50, reason: "reset")
        #expect(limits.problem == "reset")
    }

    @Test(arguments: [AskingStrategy.Method.multiplexing, .sequential])
    func whereItFailedItIsNotTriedAgain(method: AskingStrategy.Method) {
        let limits = PipelineLimits(remembering: AskingStrategy(method))
        #expect(limits.problem != nil)
        #expect(limits.room(sent: 0, answered: 0) == 0)
    }

    /// A state may contain any numbers.
    @Test func numbersThatNoRunCanHaveFoundCountForNothing() {
        var strategy = AskingStrategy(.pipelining, depth: 1 << 20, answersPerConnection: 0)
        #expect(PipelineLimits(remembering: strategy).depth == PipelineLimits.greatestDepth)
        #expect(PipelineLimits(remembering: strategy).answersPerConnection == nil)
        strategy.depth = 0
        #expect(PipelineLimits(remembering: strategy).depth == PipelineLimits().depth)
    }

    @Test func aConnectionForAFewAnswersIsNotWorthIt() {
        var limits = PipelineLimits()
        limits.noteLastAnswer(answered: 2, status: 200)
        #expect(limits.problem == "it closes after 2 answers")
    }
}
