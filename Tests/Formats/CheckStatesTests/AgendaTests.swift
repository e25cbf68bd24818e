import BlobFormat
import Catalogs
import CheckStates
import Mirrors
import TestSupport
import Testing
import Time

@Suite struct AgendaTests {
    static let now = CheckStateTests.now

    static func random(entryCount: Int, seed: UInt64) -> Agenda {
        var random = SeededGenerator(seed: seed)
        var agenda = Agenda(
            accessPointID: "m-https",
            baseURL: "https://m.example/",
            generation: 7,
            madeAt: now,
            opensAt: now.advanced(bySeconds: 7_200)
        )
        agenda.stateTag = "\"abc-\(seed)\""
        agenda.urgency = Urgency.allCases.randomElement(using: &random) ?? .routine
        agenda.counts.present = Int.random(in: 0...200_000, using: &random)
        agenda.counts.unknown = 3
        for _ in 0..<entryCount {
            agenda.entries.append(
                Agenda.Entry(
                    FileID(.random(in: 0...200_000, using: &random)),
                    dueAt: now.advanced(bySeconds: .random(in: -900...7_200, using: &random)),
                    expected: Bool.random(using: &random) ? .present : .missing,
                    answeredAt: Bool.random(using: &random) ? now : nil
                )
            )
        }
        agenda.entries.sort { $0.dueAt < $1.dueAt }
        agenda.newest = (0..<16).map { FileID($0) }
        agenda.rememberedStrategy = RememberedStrategy(
            AskingStrategy(.pipelining, depth: 64, answersPerConnection: 100),
            foundAt: Timestamp(secondsSinceEpoch: 1_800_000_000)
        )
        return agenda
    }

    @Test(arguments: [0, 1, 400, 2_048])
    func readsWhatItWrote(entryCount: Int) throws {
        let agenda = Self.random(entryCount: entryCount, seed: UInt64(entryCount))
        let blob = agenda.encoded()
        #expect(try Agenda(decoding: blob) == agenda)
        #expect(try Agenda(decoding: blob).encoded() == blob)
    }

    @Test func fourHundredEntriesTakeLessThan4KiB() {
        #expect(Self.random(entryCount: 400, seed: 1).encoded().count < 4_096)
    }

    @Test func refusesEveryPrefixAndEveryFlippedBit() {
        let blob = Self.random(entryCount: 3, seed: 2).encoded()
        for length in 0..<blob.count {
            #expect(throws: BlobFormatError.self) { try Agenda(decoding: Array(blob[..<length])) }
        }
        for bit in 0..<blob.count * 8 {
            var broken = blob
            broken[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: BlobFormatError.self) { try Agenda(decoding: broken) }
        }
    }

    private static let type = BlobType(magic: "RAGD", version: 1, contentLimit: 1 << 17)

    /// An agenda of two bytes of ids, generation 1, no tag, and what follows.
    private static func blob(_ rest: [UInt8]) -> [UInt8] {
        type.sealed([0x01, 0x61, 0x01, 0x62, 0x01, 0x00, 0x01, 0x02, 0x05] + rest)
    }

    @Test func readsTheSmallestOne() throws {
        let counts = [UInt8](repeating: 0, count: 8)
        let rest = counts + [0x01, 0x02, 0x09, 0x01, 0x00, 0x00, 0x00]
        // After these fields a later version may have more.
        for more in [[], [0x11, 0x12]] as [[UInt8]] {
            let agenda = try Agenda(decoding: Self.blob(rest + more))
            #expect(agenda.entries.map(\.file) == [FileID(9)])
            #expect(agenda.entries.map(\.dueAt.secondsSinceEpoch) == [1])
            #expect(agenda.rememberedStrategy == nil)
        }
    }

    @Test(
        arguments: [
            [0x81, 0x10, 0x00],  // More entries than are kept.
            [0x01, 0x01, 0x09, 0x01, 0x00, 0x00],  // Due before 1970.
            [0x01, 0x02, 0x09, 0x02, 0x00, 0x00],  // An expectation that does not exist.
            [0x00, 0x11],  // More of the newest than are kept.
            [0x00, 0x00, 0x03],  // A way without its depth.
        ] as [[UInt8]]
    )
    func refusesWhatNoWriterMakes(rest: [UInt8]) {
        let counts = [UInt8](repeating: 0, count: 8)
        #expect(throws: BlobFormatError.self) { try Agenda(decoding: Self.blob(counts + rest)) }
    }
}
