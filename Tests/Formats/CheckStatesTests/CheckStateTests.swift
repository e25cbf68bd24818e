import BlobFormat
import Catalogs
import CheckStates
import Mirrors
import TestSupport
import Testing
import Time

@Suite struct CheckStateTests {
    static let now = Timestamp(secondsSinceEpoch: 1_795_362_420)

    static func observation(
        _ outcome: Observation.Outcome,
        isConfirmed: Bool = true,
        observedAt: Timestamp = now,
        isLoss: Bool = false,
        failures: UInt8 = 0
    ) -> Observation {
        Observation(
            outcome: outcome,
            isConfirmed: isConfirmed,
            observedAt: observedAt,
            askedAt: now,
            generation: 3,
            isLoss: isLoss,
            failures: failures
        )
    }

    /// The state of FORMAT.md's worked example.
    static var example: CheckState {
        var state = CheckState(accessPointID: "a", baseURL: "http://a/")
        state[FileID(0)] = observation(.present)
        state[FileID(1)] = observation(
            .altered,
            isConfirmed: false,
            observedAt: now.advanced(bySeconds: -60),
            isLoss: true,
            failures: 1
        )
        state.setAlteredByteCount(7, of: FileID(1))
        state.beganAt = now.advanced(bySeconds: -120)
        state.timeKeeping.note(isKept: true)
        state.timeKeeping.note(isKept: false)
        state.beginDoubt(now: now)
        var catalog = Catalog(generation: 3)
        for age: Int64 in [9_000, 90] { catalog.append(.make("\(age)", firstSeenSecondsAgo: age)) }
        state.noteAppearances(in: catalog, now: now)
        let before = now.advanced(bySeconds: -60)
        state.contradictedAt = before
        state.note(AskingStrategy(.pipelining, depth: 64, answersPerConnection: 101), now: before)
        state.memory.served.sampledUntil = now
        state.memory.listing = ListingMemory(.useful, since: before)
        state.memory.contests[1] = Contest(proofsLeft: 12, contradictionCount: 1)
        state.memory.doubtReason = .lost
        return state
    }

    /// The state of a mirror that is asked a little in every run, once every five minutes: proofs
    /// from random runs of a week, and three files in a hundred bad, as found in some run of the
    /// last day.
    static func sweptState(fileCount: Int, seed: UInt64) -> CheckState {
        var random = SeededGenerator(seed: seed)
        var state = CheckState(accessPointID: "m-https", baseURL: "https://m.example/gentoo/")
        for index in 0..<fileCount {
            let id = FileID(UInt32(index))
            let outcome = Observation.Outcome.allCases[
                Int.random(in: 0..<100, using: &random) < 97
                    ? 1 : Int.random(in: 0..<7, using: &random)
            ]
            let minutes =
                5 * Int64.random(in: 0..<(outcome == .present ? 2016 : 288), using: &random)
            state[id] = observation(
                outcome,
                isConfirmed: outcome == .present || Bool.random(using: &random),
                observedAt: now.advanced(bySeconds: -60 * minutes),
                failures: outcome == .present ? 0 : UInt8.random(in: 1...12, using: &random)
            )
            if outcome == .present {
                state[id].askedAt = state[id].observedAt
            } else if outcome == .altered {
                state.setAlteredByteCount(.random(in: 0 ... .max, using: &random), of: id)
            }
        }
        return state
    }

    @Test func neverAskedFilesAreUnknown() {
        let state = Self.example
        #expect(state[FileID(2)] == .never)
        #expect(state[FileID(.max)] == .never)
        #expect(state.generation(of: FileID(2)) == 0)
        #expect(state.count == 2)
    }

    @Test func keepsTheByteCountOfAnAlteredFileOnly() {
        var state = Self.example
        #expect(state.alteredByteCount(of: FileID(1)) == 7)
        state[FileID(1)] = Self.observation(.present)
        #expect(state.alteredByteCount(of: FileID(1)) == nil)
        state.setAlteredByteCount(8, of: FileID(1))
        #expect(state.alteredByteCount(of: FileID(1)) == nil)
    }

    @Test func clampsTimesThatDoNotFit() {
        var state = Self.example
        state[FileID(0)] = Self.observation(
            .present,
            observedAt: Timestamp(secondsSinceEpoch: -1)
        )
        #expect(state[FileID(0)].observedAt.secondsSinceEpoch == 0)
        state[FileID(0)].observedAt = Timestamp(secondsSinceEpoch: .max)
        #expect(state[FileID(0)].observedAt.secondsSinceEpoch == Int64(UInt32.max))
    }

    @Test(arguments: [0, 1, 2, 255, 256, 257, 70_000])
    func readsWhatItWrote(fileCount: Int) throws {
        let state = Self.sweptState(fileCount: fileCount, seed: UInt64(fileCount))
        let blob = state.encoded()
        let read = try CheckState(decoding: blob)
        #expect(read == state)
        #expect(read.encoded() == blob)
    }

    @Test func takesAtMostTwoBytesPerFile() {
        let state = Self.sweptState(fileCount: 150_000, seed: 1)
        #expect(state.encoded().count <= 300_000)
    }

    @Test func refusesEveryPrefix() {
        let blob = Self.example.encoded()
        for length in 0..<blob.count {
            #expect(throws: BlobFormatError.self) {
                try CheckState(decoding: Array(blob[..<length]))
            }
        }
    }

    @Test func refusesEveryFlippedBit() {
        let blob = Self.example.encoded()
        for bit in 0..<blob.count * 8 {
            var broken = blob
            broken[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: BlobFormatError.self) { try CheckState(decoding: broken) }
        }
    }

    /// The content of FORMAT.md's worked example, line by line.
    static let content: [[UInt8]] = [
        [0x01, 0x61],
        [0x09, 0x68, 0x74, 0x74, 0x70, 0x3A, 0x2F, 0x2F, 0x61, 0x2F],
        [0xFC, 0x9B, 0x8C, 0xD8, 0x06, 0x02, 0x01],
        [0x00, 0xF4, 0x9C, 0x8C, 0xD8, 0x06],
        [0x01, 0x9A, 0x9C, 0x8C, 0xD8, 0x06, 0x01, 0x00, 0x00, 0x00],
        [0xB8, 0x9C, 0x8C, 0xD8, 0x06],
        [0x01, 0x40, 0x66, 0xB8, 0x9C, 0x8C, 0xD8, 0x06],
        [0x02],
        [0x02, 0x09, 0x09, 0x00, 0x01],
        [0x02, 0x00, 0x00, 0x00, 0x01],
        [0x01, 0x03],
        [0x01, 0xF4, 0x9C, 0x8C, 0xD8, 0x06],
        [0x02, 0x00, 0xB7, 0x9C, 0x8C, 0xD8, 0x06, 0x00, 0x01],
        [0x01, 0x01, 0x07],
        [0x01, 0x07, 0xF4, 0x9C, 0x8C, 0xD8, 0x06, 0x00, 0x00],
        [0x02, 0x06, 0x01, 0xB8, 0x9C, 0x8C, 0xD8, 0x06],
        [0x06, 0x04, 0x01, 0x01, 0x0C, 0x01],
        [0x07, 0x04, 0x01, 0x00, 0x00, 0x00],
        [0x00],
    ]
    static let type = BlobType(magic: "RCHK", version: 2, contentLimit: 1 << 20)

    @Test func isLaidOutAsTheSpecificationSays() throws {
        let (content, _) = try Self.type.open(Self.example.encoded())
        #expect(content == Self.content.flatMap { $0 })
    }

    /// Contents with a right seal that no writer produces: the line to replace, and its
    /// replacement.
    static let defects: [(line: Int, bytes: [UInt8])] = [
        (2, [0x00, 0x02, 0x03]),  // More times kept than seen.
        (2, [0x80, 0x80, 0x80, 0x80, 0x10, 0x00, 0x00]),  // A time past 32 bits.
        (4, [0x21]),  // More batches than are kept.
        (4, [0x01, 0x00, 0x81, 0x80, 0x80, 0x08, 0x00, 0x00, 0x00]),  // A batch of too many files.
        (4, [0x01, 0x00, 0x01, 0x81, 0x80, 0x80, 0x80, 0x10, 0x00, 0x00]),  // Too many seconds.
        (6, [0x01, 0x81, 0x80, 0x40, 0x66, 0x00]),  // Deeper than anything.
        (6, [0x01, 0x40, 0x82, 0x80, 0x40, 0x00]),  // More answers than any server gives.
        (7, [0x81, 0x80, 0x80, 0x08]),  // More files than 2^24.
        (7, [0x00]),  // Values for no files.
        (8, [0x03, 0x09, 0x09, 0x00, 0x00, 0x01]),  // More distinct values than files.
        (8, [0x00]),  // No value for two files.
        (8, [0x02, 0x09, 0x09, 0x02, 0x00]),  // An index past the distinct values.
        (8, [0x01, 0x07]),  // An outcome that does not exist.
        (8, [0x01, 0x81, 0x01]),  // A bit that does not exist.
        (9, [0x01, 0x80, 0x02]),  // 256 failures.
        (10, [0x01, 0x80, 0x80, 0x80, 0x80, 0x10]),  // A generation past 32 bits.
        (10, [0x02, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0x00, 0x00, 0x01]),  // The second one past them.
        (13, [0x01, 0x00, 0x07]),  // An altered file that is present.
        (13, [0x01, 0x02, 0x07]),  // An altered file past the end.
        (13, [0x03, 0x01, 0x07]),  // More altered files than files.
        (14, [0x01, 0x08, 0xF4, 0x9C, 0x8C, 0xD8, 0x06, 0x00, 0x00]),  // A section past its end.
        (14, [0x01, 0x06, 0xF4, 0x9C, 0x8C, 0xD8, 0x06, 0x00]),  // A section that is cut.
        (15, [0x01, 0x07, 0xF4, 0x9C, 0x8C, 0xD8, 0x06, 0x00, 0x00]),  // A section twice.
        (16, [0x06, 0x04, 0x01, 0x02, 0x0C, 0x01]),  // A contest about a file past the end.
        (16, [0x06, 0x01, 0x03]),  // More contests than files.
        (18, [0x00, 0x00]),  // A byte after the end.
        (18, []),  // No end.
    ]

    /// Each replaces bytes, and nothing else is wrong: the example itself is read.
    @Test func readsTheExample() throws {
        let state = try CheckState(decoding: Self.type.sealed(Self.content.flatMap { $0 }))
        #expect(state == Self.example)
    }

    @Test func refusesAnotherVersion() {
        let next = BlobType(magic: "RCHK", version: 3, contentLimit: 1 << 20)
        #expect(throws: BlobFormatError.unsupportedVersion(3, newestSupported: 2)) {
            try CheckState(decoding: next.sealed(Self.content.flatMap { $0 }))
        }
    }

    /// Possible additions of a later release: a section with another number, and fields at the end
    /// of a section.
    @Test func skipsWhatALaterReleaseAdds() throws {
        var lines = Self.content
        lines[14] = [0x01, 0x08] + lines[14].dropFirst(2) + [0x2A]
        lines[18] = [0x63, 0x02, 0xAA, 0xBB, 0x00]
        let state = try CheckState(decoding: Self.type.sealed(lines.flatMap { $0 }))
        #expect(state == Self.example)
    }

    /// A strategy that only a later release knows is determined again.
    @Test func forgetsAStrategyThatItDoesNotKnow() throws {
        var lines = Self.content
        lines[6] = [0x7F] + lines[6].dropFirst()
        let state = try CheckState(decoding: Self.type.sealed(lines.flatMap { $0 }))
        #expect(state.strategy(now: Self.now) == nil)
        #expect(state[FileID(0)] == Self.example[FileID(0)])
    }

    /// A state without memory, as 0.1.0 wrote it.
    static let version1 = BlobType(magic: "RCHK", version: 1, contentLimit: 1 << 20)

    @Test func readsVersion1() throws {
        var lines = Self.content.prefix(14)
        lines[12] = [0x02, 0x00, 0x3B, 0x00, 0x01]
        let blob = Self.version1.sealed(lines.flatMap { $0 })
        var expected = Self.example
        expected.memory = CheckMemory()
        #expect(try CheckState(decoding: blob) == expected)
    }

    /// 0.1.0 let a missing file rest for a minute, doubled with each failure up to a day, from the
    /// time of the question; now it rests for half as long as it has been missing.
    @Test(arguments: [(1, 60), (2, 120), (5, 960), (11, 61_440), (12, 86_400), (255, 86_400)])
    func aMissingFileOfVersion1RestsAsLong(failures: UInt8, seconds: Int64) throws {
        var lines = Self.content.prefix(14)
        lines[8] = [0x01, 0x0A]  // Both absent, confirmed.
        lines[9] = failures < 128 ? [0x01, failures] : [0x01, failures, 0x01]
        lines[12] = [0x01, 0x00]
        lines[13] = [0x00]
        let state = try CheckState(
            decoding: Self.version1.sealed(lines.flatMap { $0 })
        )
        let observation = state[FileID(0)]
        #expect(observation.askedAt == Self.now)
        #expect(observation.askedAt.seconds(since: observation.observedAt) == 2 * seconds)
    }

    @Test(arguments: defects.indices)
    func refusesWhatNoWriterMakes(defect: Int) {
        var lines = Self.content
        lines[Self.defects[defect].line] = Self.defects[defect].bytes
        let blob = Self.type.sealed(lines.flatMap { $0 })
        #expect(throws: BlobFormatError.self) { try CheckState(decoding: blob) }
    }
}

extension ExpectedFile {
    /// A file that the catalog has held for this long.
    static func make(
        _ path: String,
        firstSeenSecondsAgo age: Int64,
        changedIn: UInt32 = 1
    ) -> ExpectedFile {
        ExpectedFile(
            path: TreePath(path),
            kind: .file,
            byteCount: 8,
            modified: CheckStateTests.now,
            firstSeen: CheckStateTests.now.advanced(bySeconds: -age),
            changedIn: changedIn
        )
    }
}
