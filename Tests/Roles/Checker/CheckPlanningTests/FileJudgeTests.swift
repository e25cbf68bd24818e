import Catalogs
import CheckPlanning
import CheckStates
import Mirrors
import Testing
import Time

@Suite struct FileJudgeTests {
    typealias Record = FileJudge.Record

    static let now = Timestamp(secondsSinceEpoch: 1_795_362_420)
    static let expected = FileJudge.Expectation(byteCount: 8, changedIn: 3)
    static let judge = FileJudge(generation: 5, recheckSeconds: 60)

    static let right = Reply.answered(status: 200, byteCount: 8)
    static let wrong = Reply.answered(status: 200, byteCount: 7)
    static let absent = Reply.answered(status: 404, byteCount: nil)
    static let refused = Reply.answered(status: 403, byteCount: nil)
    static let silent = Reply.failed(reason: "refused")

    /// The outcome of a sequence of replies, each a number of seconds after the previous one, and
    /// the last event.
    func outcome(
        of replies: [(seconds: Int64, reply: Reply)],
        from record: Record = Record(.never),
        expecting expectation: FileJudge.Expectation = expected,
        isOld: Bool = false,
        _ judge: FileJudge = judge
    ) -> (record: Record, event: FileJudge.Event, now: Timestamp) {
        var (record, now) = (record, Self.now)
        var event = FileJudge.Event.unchanged
        for (seconds, reply) in replies {
            now = now.advanced(bySeconds: seconds)
            event = judge.judge(
                &record,
                expecting: expectation,
                FileAnswer(reply),
                isOld: isOld,
                now: now
            )
        }
        return (record, event, now)
    }

    func proven(_ change: (inout Observation) -> Void = { _ in }) -> Record {
        var observation = Observation(
            outcome: .present,
            isConfirmed: true,
            observedAt: Self.now.advanced(bySeconds: -86_400),
            askedAt: Self.now.advanced(bySeconds: -86_400),
            generation: 5
        )
        change(&observation)
        return Record(observation)
    }

    @Test func theRightLengthIsProofAtOnce() {
        let (record, event, _) = outcome(of: [(0, Self.right)])
        #expect(record.observation.isTrusted)
        #expect(record.observation.isConfirmed)
        #expect(event == .appeared)
    }

    @Test(arguments: [
        (absent, Observation.Outcome.absent), (.answered(status: 410, byteCount: nil), .absent),
        (wrong, .altered), (refused, .refused), (.answered(status: 500, byteCount: nil), .refused),
        (.unusable(reason: "redirects to another site"), .refused), (silent, .unreachable),
    ])
    func anythingElseIsASuspicionThatASecondAnswerConfirms(
        reply: Reply,
        expected: Observation.Outcome
    ) {
        let first = outcome(of: [(0, reply)])
        #expect(first.record.observation.outcome == expected)
        #expect(!first.record.observation.isConfirmed)
        #expect(!outcome(of: [(0, reply), (59, reply)]).record.observation.isConfirmed)
        let second = outcome(of: [(0, reply), (60, reply)])
        #expect(second.record.observation.isConfirmed)
        // The time of the first such answer, not of the latest one.
        #expect(second.record.observation.observedAt == Self.now)
        #expect(second.record.observation.askedAt == second.now)
    }

    @Test(arguments: [absent, wrong])
    func oneContradictionEndsAProof(reply: Reply) {
        let (record, event, now) = outcome(of: [(0, reply)], from: proven())
        #expect(!record.observation.isTrusted)
        #expect(record.observation.isLoss)
        #expect(record.observation.observedAt == now)
        #expect(event == .lost(record.observation.outcome))
    }

    @Test func whatNobodyBelievesIsLostWithoutNoise() {
        let questioned = proven { $0.isQuestioned = true }
        let (record, event, _) = outcome(of: [(0, Self.absent)], from: questioned)
        #expect(record.observation.outcome == .absent)
        #expect(event == .lostInDoubt)
    }

    @Test func aRefusalPutsAProofInQuestionAndASecondEndsIt() {
        let first = outcome(of: [(0, Self.refused)], from: proven())
        #expect(first.record.observation.outcome == .present)
        #expect(first.record.observation.isQuestioned)
        #expect(first.event == .refusedOnce)
        let hasty = outcome(of: [(0, Self.refused), (59, Self.refused)], from: proven())
        #expect(hasty.record.observation.outcome == .present)
        let second = outcome(of: [(0, Self.refused), (60, Self.refused)], from: proven())
        #expect(second.record.observation.outcome == .refused)
        #expect(second.record.observation.isConfirmed)
        #expect(second.event == .lost(.refused))
        let relented = outcome(of: [(0, Self.refused), (60, Self.right)], from: proven())
        #expect(relented.record.observation.isTrusted)
        #expect(relented.event == .renewed)
    }

    @Test(arguments: [408, 425, 429])
    func aBusyServerSaysNothing(status: Int) {
        let busy = Reply.answered(status: status, byteCount: nil)
        let (record, event, _) = outcome(of: [(0, busy), (600, busy)], from: proven())
        #expect(record == proven())
        #expect(event == .unchanged)
        #expect(outcome(of: [(0, busy)]).record.observation.outcome == .unknown)
    }

    @Test func silenceTakesAProofBackOnlyWhenItLasts() {
        let twice = outcome(of: [(0, Self.silent), (60, Self.silent)], from: proven())
        #expect(twice.record.observation.isTrusted)
        let thrice = outcome(
            of: [(0, Self.silent), (60, Self.silent), (60, Self.silent)],
            from: proven()
        )
        #expect(thrice.record.observation.outcome == .unreachable)
        #expect(!thrice.record.observation.isLoss)
    }

    @Test func silenceTakesNoAbsenceBack() {
        let (record, _, _) = outcome(of: [(0, Self.absent), (60, Self.absent), (600, Self.silent)])
        #expect(record.observation.outcome == .absent)
        #expect(record.observation.isConfirmed)
    }

    @Test func whatWasSeenBeforeAChangeSaysNothing() {
        let old = proven { $0.generation = 2 }
        let (record, event, _) = outcome(of: [(0, Self.absent)], from: old)
        #expect(record.observation.outcome == .absent)
        #expect(!record.observation.isLoss)
        #expect(event == .unchanged)
    }

    @Test func proofsAreRenewedToTheHourAndFirstMadeToTheMinute() {
        let first = outcome(of: [(7, Self.right)])
        #expect(first.record.observation.askedAt.secondsSinceEpoch % 60 == 0)
        #expect(first.record.observation.askedAt.seconds(since: Self.now) == 0)
        let renewed = outcome(of: [(0, Self.right)], from: proven()).record.observation
        #expect(renewed.askedAt.secondsSinceEpoch % 3_600 == 0)
        #expect(Self.now.seconds(since: renewed.askedAt) < 3_600)
        #expect(renewed.observedAt == renewed.askedAt)
        var judge = Self.judge
        judge.datesToTheMinute = true
        let exact = outcome(of: [(0, Self.right)], from: proven(), judge).record.observation
        #expect(Self.now.seconds(since: exact.askedAt) < 60)
    }

    /// A proof that a listing renewed within this hour does not become older.
    @Test func aProofNeverBecomesOlder() {
        let late = proven { $0.observedAt = Self.now.advanced(bySeconds: -30) }
        let (record, _, _) = outcome(of: [(0, Self.right)], from: late)
        #expect(record.observation.observedAt == late.observation.observedAt)
    }

    // MARK: - Servers that differ

    @Test func whatComesBackWithinADayIsContested() throws {
        let (record, event, _) = outcome(
            of: [(0, Self.absent), (3_600, Self.right)],
            from: proven()
        )
        #expect(record.observation.outcome == .present)
        #expect(record.observation.isContested)
        #expect(event == .flapped)
        let contest = try #require(record.contest)
        #expect(contest == Contest(proofsLeft: 3, contradictionCount: 0))
        let later = outcome(of: [(0, Self.absent), (86_400, Self.right)], from: proven())
        #expect(later.record.observation.isTrusted)
        #expect(later.event == .appeared)
    }

    @Test func aContestEndsByProofsApartInTime() {
        let flapped = outcome(of: [(0, Self.absent), (600, Self.right)], from: proven())
        var (record, now) = (flapped.record, flapped.now)
        func ask(after seconds: Int64, _ reply: Reply = Self.right) {
            now = now.advanced(bySeconds: seconds)
            _ = Self.judge.judge(
                &record,
                expecting: Self.expected,
                FileAnswer(reply),
                isOld: false,
                now: now
            )
        }
        for _ in 0..<10 { ask(after: 10) }
        #expect(record.contest?.proofsLeft == 3)
        ask(after: 900)
        ask(after: 900)
        #expect(record.observation.isContested)
        ask(after: 900)
        #expect(record.observation.isTrusted)
        #expect(record.contest == nil)
    }

    @Test func aContradictionOfAContestedFileNeedsMoreProofs() {
        let (record, event, _) = outcome(
            of: [(0, Self.absent), (600, Self.right), (900, Self.absent)],
            from: proven()
        )
        #expect(event == .lostInDoubt)
        #expect(record.contest == Contest(proofsLeft: 12, contradictionCount: 1))
    }

    /// A server that refuses files for a while and then serves them again may have made a mistake,
    /// or be two servers: it is two only if the files are refused again while they are contested.
    @Test func whatWasRefusedForAWhileIsContestedUntilItIsRefusedAgain() {
        let refused = [(seconds: Int64(0), reply: Self.refused), (60, Self.refused)]
        let again = outcome(of: refused + [(3_600, Self.right)], from: proven())
        #expect(again.event == .flapped)
        #expect(again.record.contest == Contest(proofsLeft: 3, contradictionCount: 0))
        let ended = outcome(
            of: refused + [(3_600, Self.right), (900, Self.refused)],
            from: proven()
        )
        #expect(ended.record.observation.outcome == .refused)
        #expect(ended.record.contest == Contest(proofsLeft: 12, contradictionCount: 1))
        let later = outcome(of: refused + [(86_400, Self.right)], from: proven())
        #expect(later.record.contest == nil)
    }

    /// An old file is missing, and a minute later it is there: a mirror does not receive such
    /// files.
    @Test(arguments: [
        (isOld: true, seconds: Int64(60), isContested: true), (true, 4_000, false),
        (false, 60, false),
    ])
    func anOldFileThatAppearsMomentsLaterIsContestedBriefly(
        isOld: Bool,
        seconds: Int64,
        isContested: Bool
    ) {
        let (record, _, _) = outcome(of: [(0, Self.absent), (seconds, Self.right)], isOld: isOld)
        #expect(record.observation.isContested == isContested)
        #expect(
            record.contest == (isContested ? Contest(proofsLeft: 2, contradictionCount: 0) : nil)
        )
    }
}
