import HealthFormat
import TestSupport
import Testing

/// Bytes that are not health: refused, or read without a trap.
@Suite struct HealthDamageTests {
    private func read(_ bytes: [UInt8]) throws(HealthError) -> Health {
        try Health(decoding: bytes)
    }

    @Test func refusesEveryProperPrefix() throws {
        let bytes = try HealthFixture.goldenBytes()
        for count in 0..<bytes.count {
            #expect(throws: HealthError.self, "\(count)") { try read(Array(bytes[..<count])) }
        }
        #expect(throws: HealthError.wrongByteCount(expected: bytes.count, actual: bytes.count + 1))
        {
            try read(bytes + [0])
        }
    }

    @Test func refusesEveryFlippedBit() throws {
        let bytes = try HealthFixture.goldenBytes()
        for bit in 0..<bytes.count * 8 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: HealthError.self, "bit \(bit)") { try read(damaged) }
        }
    }

    @Test func namesWhatIsWrong() throws {
        let bytes = try HealthFixture.goldenBytes()
        #expect(throws: HealthError.notHealth(magic: 0)) { try read([]) }
        #expect(throws: HealthError.notHealth(magic: 0x5041_4D52)) { try read(Array("RMAP".utf8)) }
        var newer = bytes
        newer[4] = 2
        #expect(throws: HealthError.unsupportedVersion(2, newestSupported: 1)) {
            try read(HandMadeHealth.sealed(newer))
        }
        var empty = HandMadeHealth(of: bytes)
        empty.sections[1].bytes = []
        #expect(throws: HealthError.sectionOutOfBounds(kind: 2)) { try read(empty.bytes()) }
        var many = HandMadeHealth(of: bytes)
        HandMadeHealth.set(&many.sections[0].bytes, 8, 4, 0xFFFF_FFFF)
        #expect(throws: HealthError.sectionOutOfBounds(kind: 1)) { try read(many.bytes()) }
        var short = HandMadeHealth(of: bytes)
        HandMadeHealth.set(&short.sections[2].bytes, 12, 2, 39)
        #expect(throws: HealthError.sectionOutOfBounds(kind: 3)) { try read(short.bytes()) }
        var outside = bytes
        HandMadeHealth.set(&outside, 36, 4, 0xFFFF_FFF0)
        #expect(throws: HealthError.sectionOutOfBounds(kind: 0)) {
            try read(HandMadeHealth.sealed(outside))
        }
        var endless = bytes
        HandMadeHealth.set(&endless, 12, 4, 0xFFFF_FFFF)
        #expect(throws: HealthError.sectionOutOfBounds(kind: 0)) {
            try read(HandMadeHealth.sealed(endless))
        }
    }

    /// The writer is at fault, not the medium: the checksum holds, and offsets lead anywhere.
    @Test func nothingTrapsBehindARightChecksum() throws {
        var random = SeededGenerator(seed: 12)
        let bytes = try HealthFixture.goldenBytes()
        var readCount = 0
        for _ in 0..<5000 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 32..<bytes.count, using: &random)
                damaged[place] =
                    [0, 1, 0x7F, 0xFF, UInt8.random(in: 0...255, using: &random)]
                    .randomElement(using: &random) ?? 0
            }
            guard let health = try? read(HandMadeHealth.sealed(damaged)) else { continue }
            readCount += 1
            _ = health.doubts.values.map { $0.covers(42) }
            _ = try? read(health.encoded())
        }
        #expect(readCount > 500)
    }

    /// A doubt whose filter cannot be read is a doubt of everything.
    @Test func aLostFilterDoubtsTheWhole() throws {
        var parts = HandMadeHealth(of: try HealthFixture.goldenBytes())
        HandMadeHealth.set(&parts.sections[1].bytes, 16 + 20, 4, 0xFFFF_0000)
        #expect(try read(parts.bytes()).doubts["a-http"]?.scope == .whole)
    }
}
