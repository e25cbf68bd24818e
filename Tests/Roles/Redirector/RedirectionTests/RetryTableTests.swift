import Redirection
import TestSupport
import Testing

@Suite struct RetryTableTests {
    private static let key: UInt64 = 0xABCD_EF01_2345_6789
    private static let (one, other) = (
        MirrorMark(seed: 1 << 60), MirrorMark(seed: 2 << 60)
    )

    private func table(seconds: Int64 = 60) throws -> RetryTable {
        try #require(RetryTable(seconds: seconds))
    }

    /// The number of candidates that a request passes over; it is redirected to `mirror`.
    private func passedOver(
        _ table: RetryTable,
        _ key: UInt64 = key,
        at now: Int64,
        mirror: MirrorMark = one
    ) -> Int {
        let attempt = table.attempt(of: key, now: now)
        let count = attempt.passedOver
        table.note(attempt, mirror: mirror)
        return count
    }

    @Test func theFirstFourRequestsGetFourCandidatesAndACrowdTheFirst() throws {
        let table = try table()
        let counts = (0..<100).map { passedOver(table, at: 1_000 + Int64($0 / 4)) }
        #expect(counts == [0, 1, 2, 3] + Array(repeating: 0, count: 96))
    }

    @Test func aRequestCountsAsARetryWithinTheTimeAfterTheLastOne() throws {
        let table = try table(seconds: 3)
        #expect(passedOver(table, at: 100) == 0)
        #expect(passedOver(table, at: 103) == 1)
        #expect(passedOver(table, at: 106) == 2)
        #expect(passedOver(table, at: 110) == 0, "too late")
        #expect(passedOver(table, at: 110) == 1)
    }

    /// The number of candidates that each request for a file of a set passes over.
    private func passedOver(_ table: RetryTable, _ files: [UInt64], at now: Int64) -> [Int] {
        files.map { file in
            let attempt = table.attempt(of: Self.key ^ file << 40, inSet: 7 << 36, now: now)
            let count = attempt.passedOver
            table.note(attempt, mirror: Self.one)
            return count
        }
    }

    @Test func aRetryMovesTheWholeSet() throws {
        let table = try table()
        #expect(passedOver(table, [1, 2, 3], at: 100) == [0, 0, 0])
        // All files are requested again: the whole set moves on by one mirror, not by one per file.
        #expect(passedOver(table, [1, 2, 3], at: 110) == [1, 1, 1])
        // One file is requested again, and new files follow it.
        #expect(passedOver(table, [2, 4, 1, 3], at: 120) == [2, 2, 2, 2])
        // This lasts as long as anybody asks.
        #expect(passedOver(table, [5], at: 170) == [2])
        #expect(passedOver(table, [6], at: 240) == [0])
    }

    @Test func aRetryTellsTheMirrorThatWasGivenBefore() throws {
        let table = try table()
        func given(set: UInt64? = nil, at now: Int64, next mirror: MirrorMark) -> MirrorMark? {
            let attempt = table.attempt(of: Self.key, inSet: set, now: now)
            let given = attempt.given
            table.note(attempt, mirror: mirror)
            return given
        }
        for set: UInt64? in [nil, 7 << 36] {
            let start: Int64 = set == nil ? 1_000 : 5_000
            #expect(given(set: set, at: start, next: Self.one) == nil)
            #expect(given(set: set, at: start + 1, next: Self.other) == Self.one)
            #expect(given(set: set, at: start + 2, next: Self.one) == Self.other)
            #expect(given(set: set, at: start + 3, next: Self.one) == Self.one)
            // Neither a crowd nor a client that returns later is complaining about a mirror.
            #expect(given(set: set, at: start + 4, next: Self.one) == nil)
            #expect(given(set: set, at: start + 500, next: Self.one) == nil)
        }
        let file = table.attempt(of: Self.key ^ 1 << 40, inSet: 7 << 36, now: 5_001)
        #expect(file.given == nil, "it moves with its set, and is no retry")
    }

    @Test func aCrowdThatAsksForASetGetsTheFirstMirror() throws {
        let table = try table()
        let counts = (0..<40).map { _ in passedOver(table, [1, 2], at: 100) }
        #expect(counts.prefix(4).map(\.first) == [0, 1, 2, 3])
        #expect(counts.allSatisfy { Set($0).count == 1 })
        #expect(counts.dropFirst(4).allSatisfy { $0 == [0, 0] })
    }

    @Test func distinguishesKeys() throws {
        let table = try table()
        #expect(passedOver(table, at: 5) == 0)
        // The same set, another tag; and another set.
        #expect(passedOver(table, Self.key ^ 1 << 63, at: 5) == 0)
        #expect(passedOver(table, Self.key ^ 1, at: 5) == 0)
        #expect(passedOver(table, at: 5) == 1)
    }

    @Test func aPartComesFromTheMirrorThatWasGivenLast() throws {
        let table = try table()
        #expect(table.mirrorGiven(to: Self.key, now: 0) == nil)
        _ = passedOver(table, at: 0, mirror: Self.one)
        #expect(table.mirrorGiven(to: Self.key, now: 1) == Self.one)
        _ = passedOver(table, at: 2, mirror: Self.other)
        // Each part renews the ten minutes.
        for now in [600, 1_200, 1_800] as [Int64] {
            #expect(table.mirrorGiven(to: Self.key, now: now) == Self.other)
        }
        #expect(table.mirrorGiven(to: Self.key, now: 2_401) == nil)
    }

    @Test func partsAreNoRetries() throws {
        let table = try table()
        _ = passedOver(table, at: 0)
        for _ in 0..<32 { _ = table.mirrorGiven(to: Self.key, now: 1) }
        #expect(passedOver(table, at: 2) == 1)
        _ = table.mirrorGiven(to: Self.key, now: 500)
        #expect(passedOver(table, at: 501) == 0, "the request before is long ago")
    }

    @Test func aFullSetForgetsTheOldest() throws {
        let table = try table()
        func member(_ number: UInt64) -> UInt64 { Self.key ^ number << 40 }
        for number in 0..<4 as Range<UInt64> {
            #expect(passedOver(table, member(number), at: 10 + Int64(number)) == 0)
        }
        #expect(passedOver(table, member(0), at: 20) == 1)
        #expect(passedOver(table, member(4), at: 21) == 0)
        #expect(passedOver(table, member(1), at: 22) == 0, "the oldest gave its place away")
        #expect(passedOver(table, member(0), at: 23) == 2)
    }

    @Test func itTakesOneMebibyte() {
        #expect(RetryTable.capacity * 8 == 1 << 20)
    }

    /// With as many clients as a busy server has in a minute, nearly all find their second mirror.
    @Test func halfItsCapacityIsRemembered() throws {
        let table = try table()
        var generator = SeededGenerator(seed: 14)
        let keys = (0..<RetryTable.capacity / 2).map { _ in generator.next() }
        for key in keys { _ = passedOver(table, key, at: 7) }
        let found = keys.count { passedOver(table, $0, at: 8) == 1 }
        #expect(Double(found) > 0.9 * Double(keys.count), "\(found) of \(keys.count)")
    }

    /// Threads that change one set at the same time lose a change now and then, and nothing else.
    @Test func threadsShareIt() async throws {
        let table = try table()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<8 as Range<UInt64> {
                group.addTask {
                    for round in 0..<5_000 as Range<UInt64> {
                        let key = Self.key ^ (round % 7) << 45 ^ number << 60
                        let attempt = table.attempt(of: key, now: 9)
                        let count = attempt.passedOver
                        table.note(attempt, mirror: Self.one)
                        if !(0...3).contains(count) { Issue.record("passed over \(count)") }
                    }
                }
            }
        }
    }
}
