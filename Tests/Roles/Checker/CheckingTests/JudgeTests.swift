import Catalogs
import CheckPlanning
import Checking
import Mirrors
import Testing
import Time

@Suite struct JudgeTests {
    static let judge = Judge(generation: 7, recheckAfterSeconds: 60)
    static let start = Timestamp(secondsSinceEpoch: 1_795_362_430)

    /// What is known after `replies`, each so many seconds after the start.
    static func finding(
        expecting byteCount: UInt64? = 10,
        changedIn: UInt32 = 7,
        modified: Timestamp? = nil,
        after previous: Judge.Finding = Judge.Finding(.never),
        _ testimonies: [(at: Int64, Judge.Testimony)]
    ) -> Judge.Finding {
        testimonies.reduce(previous) { known, step in
            judge.finding(
                after: known,
                expecting: Judge.Expectation(
                    byteCount: byteCount,
                    changedIn: changedIn,
                    modified: modified
                ),
                step.1,
                now: start.advanced(bySeconds: step.at)
            )
        }
    }

    static func finding(
        expecting byteCount: UInt64? = 10,
        changedIn: UInt32 = 7,
        after previous: Judge.Finding = Judge.Finding(.never),
        _ replies: [(at: Int64, Reply)]
    ) -> Judge.Finding {
        finding(
            expecting: byteCount,
            changedIn: changedIn,
            after: previous,
            replies.map { ($0.at, Judge.Testimony($0.1)) }
        )
    }

    static let found = Reply.answered(status: 200, byteCount: 10)
    static let missing = Reply.answered(status: 404, byteCount: 153)
    static let forbidden = Reply.answered(status: 403, byteCount: 153)
    static let silence = Reply.failed(reason: "timed out")

    @Test func twoHundredWithTheLengthIsProofAtOnce() {
        let known = Self.finding([(0, Self.found)]).observation
        #expect(known.outcome == .present)
        #expect(known.isConfirmed)
        #expect(known.failures == 0)
        #expect(known.generation == 7)
        // Dated to the minute, and never later than it was seen.
        #expect(known.observedAt == Self.start.advanced(bySeconds: -10))
    }

    @Test func absenceNeedsASecondAnswerAfterTheRest() {
        let once = Self.finding([(0, Self.missing)]).observation
        #expect(once.outcome == .absent)
        #expect(!once.isConfirmed)
        let early = Self.finding([(0, Self.missing), (59, Self.missing)]).observation
        #expect(!early.isConfirmed)
        #expect(early.observedAt == Self.start)
        let twice = Self.finding([(0, Self.missing), (59, Self.missing), (60, Self.missing)])
        #expect(twice.observation.isConfirmed)
        #expect(twice.observation.failures == 3)
    }

    @Test func goneIsAsGoodAsNotFound() {
        let gone = Reply.answered(status: 410, byteCount: nil)
        let known = Self.finding([(0, Self.missing), (60, gone)]).observation
        #expect(known.outcome == .absent)
        #expect(known.isConfirmed)
    }

    @Test func anotherLengthIsAlteredWhenItIsSeenTwice() {
        let short = Reply.answered(status: 200, byteCount: 9)
        let known = Self.finding([(0, short), (60, short)])
        #expect(known.observation.outcome == .altered)
        #expect(known.observation.isConfirmed)
        #expect(known.alteredByteCount == 9)
    }

    @Test func aLengthThatKeepsChangingStaysASuspicion() {
        let known = Self.finding([
            (0, .answered(status: 200, byteCount: 8)), (60, .answered(status: 200, byteCount: 9)),
        ])
        #expect(!known.observation.isConfirmed)
        #expect(known.alteredByteCount == 9)
    }

    @Test(arguments: [301, 304, 400, 401, 403, 429, 500, 502, 503, 206, 204])
    func otherStatusesAreNoVerdict(status: Int) {
        let reply = Reply.answered(status: status, byteCount: 10)
        let unknown = Self.finding([(0, reply), (60, reply)]).observation
        #expect(unknown.outcome == .unknown)
        #expect(unknown.failures == 2)

        let proof = Self.finding([(0, Self.found)]).observation
        let kept = Self.finding([(0, Self.found), (60, reply)]).observation
        #expect(kept.outcome == .present)
        #expect(kept.observedAt == proof.observedAt)
        #expect(kept.askedAt == Self.start.advanced(bySeconds: 60))
        #expect(kept.failures == 1)
    }

    @Test func anotherAnswerInBetweenDoesNotConfirm() {
        let known = Self.finding([(0, Self.missing), (60, Self.forbidden)]).observation
        #expect(known.outcome == .absent)
        #expect(!known.isConfirmed)
    }

    /// Before its last change the file had 8 bytes, and mirrors have until ten minutes from now.
    static func findingOfChanged(_ testimonies: [(at: Int64, Judge.Testimony)]) -> Judge.Finding {
        let previous = PreviousVersion(
            byteCount: 8,
            modified: start.advanced(bySeconds: -1000),
            digests: Digests(),
            acceptableUntil: start.advanced(bySeconds: 600)
        )
        return testimonies.reduce(Judge.Finding(.never)) { known, step in
            judge.finding(
                after: known,
                expecting: Judge.Expectation(byteCount: 10, changedIn: 7, previous: previous),
                step.1,
                now: start.advanced(bySeconds: step.at)
            )
        }
    }

    @Test func theVersionBeforeIsStaleAndNotAltered() {
        let before = Judge.Testimony(.answered(status: 200, byteCount: 8))
        let once = Self.findingOfChanged([(0, before)])
        #expect(once.observation.outcome == .stale)
        #expect(!once.observation.isConfirmed)
        let twice = Self.findingOfChanged([(0, before), (60, before)])
        #expect(twice.observation.isConfirmed)
        #expect(twice.alteredByteCount == nil)
        let other = Judge.Testimony(.answered(status: 200, byteCount: 9))
        #expect(Self.findingOfChanged([(0, other)]).observation.outcome == .altered)
        let updated = Judge.Testimony(Self.found)
        #expect(
            Self.findingOfChanged([(0, before), (60, updated)]).observation.outcome == .present
        )
    }

    @Test func aMirrorThatNeverTakesTheChangeIsAlteredInTheEnd() {
        let before = Judge.Testimony(.answered(status: 200, byteCount: 8))
        let known = Self.findingOfChanged([(0, before), (60, before), (601, before), (700, before)])
        #expect(known.observation.outcome == .altered)
        #expect(known.observation.isConfirmed)
        #expect(known.alteredByteCount == 8)
    }

    @Test func proofEndsEverySuspicion() {
        let known = Self.finding([(0, Self.missing), (60, Self.missing), (90, Self.found)])
        #expect(known.observation.outcome == .present)
        #expect(known.alteredByteCount == nil)
    }

    @Test func silenceIsNeverAbsence() {
        let known = Self.finding([(0, Self.silence), (60, Self.silence)]).observation
        #expect(known.outcome == .unreachable)
        #expect(known.isConfirmed)
        let absent = Self.finding([(0, Self.missing), (60, Self.silence)]).observation
        #expect(absent.outcome == .absent)
        #expect(!absent.isConfirmed)
    }

    @Test func oneSilenceTakesNoProofAway() {
        let once = Self.finding([(0, Self.found), (60, Self.silence)]).observation
        #expect(once.outcome == .present)
        let twice = Self.finding([(0, Self.found), (60, Self.silence), (120, Self.silence)])
        #expect(twice.observation.outcome == .unreachable)
        #expect(!twice.observation.isConfirmed)
    }

    @Test func evidenceOlderThanTheChangeIsForgotten() {
        let old = Judge.Finding(
            Observation(
                outcome: .present,
                isConfirmed: true,
                observedAt: Self.start,
                askedAt: Self.start,
                generation: 6
            )
        )
        let known = Self.finding(after: old, [(60, Self.forbidden)]).observation
        #expect(known.outcome == .unknown)
        #expect(known.generation == 7)
        let unchanged = Self.finding(changedIn: 6, after: old, [(60, Self.forbidden)]).observation
        #expect(unchanged.outcome == .present)
    }

    @Test func anEmptyFileNeedsNoLength() {
        let noLength = Reply.answered(status: 200, byteCount: nil)
        #expect(Self.finding(expecting: 0, [(0, noLength)]).observation.outcome == .present)
        #expect(Self.finding(expecting: 1, [(0, noLength)]).observation.outcome == .unknown)
    }

    @Test func aDirectoryNeedsTwoHundredOnly() {
        let listing = Reply.answered(status: 200, byteCount: nil)
        #expect(Self.finding(expecting: nil, [(0, listing)]).observation.outcome == .present)
        #expect(Self.finding(expecting: nil, [(0, Self.forbidden)]).observation.outcome == .unknown)
        #expect(Self.finding(expecting: nil, [(0, Self.missing)]).observation.outcome == .absent)
    }

    /// The length told is gone: Apache tells none for an empty file.
    @Test func aFileWithoutItsLengthIsAlteredWhenItHadOne() {
        let noLength = Reply.answered(status: 200, byteCount: nil)
        let once = Self.finding([(0, Self.found), (60, noLength)])
        #expect(once.observation.outcome == .altered)
        #expect(!once.observation.isConfirmed)
        let twice = Self.finding([(0, Self.found), (60, noLength), (120, noLength)])
        #expect(twice.observation.isConfirmed)
        #expect(twice.alteredByteCount == nil)
        // A server that never tells one is no worse for it.
        let never = Self.finding([(0, noLength), (60, noLength)]).observation
        #expect(never.outcome == .unknown)
    }

    /// What an older time on a mutable file of the right length comes to at the first and the second
    /// look.
    static let staleAnswers:
        [(keepsTimes: Bool?, first: Observation.Outcome, second: Observation.Outcome)] = [
            (true, .stale, .stale), (false, .present, .present), (nil, .stale, .present),
        ]

    @Test(arguments: staleAnswers)
    func anOlderTimeCountsWhereTimesAreKept(
        _ row: (keepsTimes: Bool?, first: Observation.Outcome, second: Observation.Outcome)
    ) {
        let testimony = Judge.Testimony(
            Self.found,
            modified: Self.start.advanced(bySeconds: -3),
            keepsTimes: row.keepsTimes
        )
        let once = Self.finding(modified: Self.start, [(0, testimony)]).observation
        #expect(once.outcome == row.first)
        #expect(once.isConfirmed == (row.first == .present))
        let twice = Self.finding(modified: Self.start, [(0, testimony), (60, testimony)])
        #expect(twice.observation.outcome == row.second)
        #expect(twice.observation.isConfirmed)
    }

    @Test(arguments: [-2, -1, 0, 1, 86_400, nil] as [Int64?])
    func aTimeThatIsNotOlderIsProof(lead: Int64?) {
        let testimony = Judge.Testimony(
            Self.found,
            modified: lead.map { Self.start.advanced(bySeconds: $0) },
            keepsTimes: true
        )
        let known = Self.finding(modified: Self.start, [(0, testimony)]).observation
        #expect(known.outcome == .present)
    }

    @Test func theLengthDecidesOnAnImmutableFile() {
        let testimony = Judge.Testimony(
            Self.found,
            modified: Timestamp(secondsSinceEpoch: 0),
            keepsTimes: true
        )
        #expect(Self.finding([(0, testimony)]).observation.outcome == .present)
    }

    static let losses: [(replies: [Reply], isLoss: Bool)] = [
        ([found, missing], true), ([found, missing, missing], true),
        ([found, missing, forbidden], true), ([found, missing, silence], true),
        ([found, .answered(status: 200, byteCount: 9), missing], true),
        ([found, missing, found], false), ([missing, missing], false), ([found, forbidden], false),
        ([found, silence, silence], false), ([silence, silence, missing], false),
    ]

    @Test(arguments: losses.indices)
    func whatWasThereBeforeIsALoss(index: Int) {
        let row = Self.losses[index]
        let known = Self.finding(row.replies.enumerated().map { (Int64($0) * 60, $1) })
        #expect(known.observation.isLoss == row.isLoss)
    }

    @Test func failuresSaturate() {
        let known = Self.finding((0..<300).map { ($0, Self.forbidden) })
        #expect(known.observation.failures == 255)
    }
}
