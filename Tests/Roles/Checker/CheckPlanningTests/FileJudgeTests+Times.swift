import Catalogs
import CheckPlanning
import CheckStates
import Mirrors
import Testing
import Time

// What lengths and times tell of files that change under their names.
extension FileJudgeTests {
    @Test func anEmptyFileNeedsNoLength() {
        let none = Reply.answered(status: 200, byteCount: nil)
        let empty = FileJudge.Expectation(byteCount: 0, changedIn: 3)
        #expect(outcome(of: [(0, none)], expecting: empty).record.observation.isTrusted)
        #expect(outcome(of: [(0, none)]).record.observation.outcome == .unknown)
        #expect(outcome(of: [(0, none)], from: proven()).record.observation.outcome == .altered)
    }

    @Test func aLengthFromBeforeTheChangeIsStaleForAWhile() {
        let previous = PreviousVersion(
            byteCount: 7,
            modified: Self.now,
            acceptableUntil: Self.now.advanced(bySeconds: 100)
        )
        let expectation = FileJudge.Expectation(
            byteCount: 8,
            changedIn: 3,
            modified: Self.now,
            previous: previous
        )
        let early = outcome(of: [(100, Self.wrong)], expecting: expectation)
        #expect(early.record.observation.outcome == .stale)
        let late = outcome(of: [(101, Self.wrong)], expecting: expectation)
        #expect(late.record.observation.outcome == .altered)
        #expect(late.record.alteredByteCount == 7)
    }

    @Test(
        arguments: [(true, .stale), (nil, .stale), (false, .present)]
            as [(Bool?, Observation.Outcome)]
    )
    func anOlderTimeOfAMutableFileCountsWhereTimesAreKept(
        keepsTimes: Bool?,
        expected: Observation.Outcome
    ) {
        var judge = Self.judge
        judge.keepsTimes = keepsTimes
        var record = Record(.never)
        let event = judge.judge(
            &record,
            expecting: FileJudge.Expectation(byteCount: 8, changedIn: 3, modified: Self.now),
            FileAnswer(Self.right, modified: Self.now.advanced(bySeconds: -60)),
            isOld: false,
            now: Self.now
        )
        #expect(record.observation.outcome == expected)
        #expect(event == (expected == .present ? .appeared : .unchanged))
    }

    /// A mutable file of the right length: its time there relative to the master's (nil: none is
    /// stated), whether its previous version had the same length, what is known of its content, and
    /// the verdict at the first look.
    static let mutableFiles:
        [(
            lead: Int64?, keptLength: Bool, content: Content, keepsTimes: Bool?,
            outcome: Observation.Outcome, event: FileJudge.Event
        )] = [
            (0, true, .unknown, nil, .present, .appeared),
            (2, true, .unknown, nil, .present, .appeared),
            (0, true, .wanted, nil, .present, .appeared),
            (nil, true, .wanted, nil, .unknown, .undecided),
            (60, true, .wanted, nil, .unknown, .undecided),
            (-60, true, .wanted, nil, .unknown, .undecided),
            (-60, true, .wanted, false, .unknown, .undecided),
            (-60, true, .wanted, true, .stale, .unchanged),
            (nil, true, .right, nil, .present, .appeared),
            (-60, true, .right, false, .present, .appeared),
            (nil, true, .wrong, nil, .stale, .unchanged),
            (60, false, .wrong, false, .stale, .unchanged),
            (nil, true, .failed, nil, .unknown, .unchanged),
            (-60, true, .failed, false, .stale, .unchanged),
            (nil, false, .failed, nil, .present, .appeared),
            (nil, true, .unknown, nil, .unknown, .unchanged),
            (60, true, .unknown, false, .unknown, .unchanged),
            (-60, true, .unknown, false, .stale, .unchanged),
            (nil, false, .unknown, nil, .present, .appeared),
            (60, false, .unknown, false, .present, .appeared),
        ]

    enum Content: Sendable {
        /// No digest of it is known.
        case unknown
        /// A digest is known, and the file was not fetched.
        case wanted
        /// It was fetched, the last time without success.
        case right, wrong, failed
    }

    @Test(arguments: mutableFiles)
    func whatAMutableFileIsTakenFor(
        _ row: (
            lead: Int64?, keptLength: Bool, content: Content, keepsTimes: Bool?,
            outcome: Observation.Outcome, event: FileJudge.Event
        )
    ) {
        func digests(_ byte: UInt8) -> Digests {
            Digests([.sha256: Array(repeating: byte, count: 32)])
        }
        let expectation = FileJudge.Expectation(
            byteCount: 8,
            changedIn: 3,
            modified: Self.now,
            previous: PreviousVersion(
                byteCount: row.keptLength ? 8 : 7,
                modified: Self.now.advanced(bySeconds: -1_000),
                acceptableUntil: Self.now
            ),
            digests: row.content == .unknown ? Digests() : digests(1)
        )
        var answer = FileAnswer(
            Self.right,
            modified: row.lead.map { Self.now.advanced(bySeconds: $0) }
        )
        answer.isOfContent = [.right, .wrong, .failed].contains(row.content)
        if row.content == .right { answer.digests = digests(1) }
        if row.content == .wrong { answer.digests = digests(2) }
        var judge = Self.judge
        judge.keepsTimes = row.keepsTimes
        var record = Record(.never)
        let event = judge.judge(
            &record,
            expecting: expectation,
            answer,
            isOld: false,
            now: Self.now
        )
        #expect(record.observation.outcome == row.outcome)
        #expect(event == row.event)
        if event == .undecided { #expect(record == Record(.never)) }
    }

    /// Once its content is proven, it is not fetched with each renewal.
    @Test func aProvenMutableFileIsRenewedByItsLength() {
        let expectation = FileJudge.Expectation(
            byteCount: 8,
            changedIn: 3,
            modified: Self.now,
            previous: PreviousVersion(byteCount: 8, modified: Self.now, acceptableUntil: Self.now),
            digests: Digests([.sha256: Array(repeating: 1, count: 32)])
        )
        let renewed = outcome(of: [(7_200, Self.right)], from: proven(), expecting: expectation)
        #expect(renewed.event == .renewed)
        let questioned = outcome(
            of: [(7_200, Self.right)],
            from: proven { $0.isQuestioned = true },
            expecting: expectation
        )
        #expect(questioned.event == .undecided)
    }

    @Test func recognizesErrorPagesByTheirLengths() {
        var judge = Self.judge
        judge.softNotFound = SoftNotFound(lengths: 100...200)
        func finding(_ byteCount: UInt64?, expecting expected: UInt64?) -> FileJudge.Finding {
            judge.finding(
                FileAnswer(.answered(status: 200, byteCount: byteCount)),
                FileJudge.Expectation(byteCount: expected, changedIn: 3),
                Self.now
            )
        }
        #expect(finding(8, expecting: 8) == .present)
        #expect(finding(150, expecting: 8) == .absent)
        #expect(finding(nil, expecting: 8) == .absent)
        #expect(finding(9, expecting: 8) == .altered(byteCount: 9))
        // A file of this length cannot be distinguished from a page or a listing.
        #expect(finding(150, expecting: 150) == .nothing)
        #expect(finding(150, expecting: nil) == .nothing)
    }
}
