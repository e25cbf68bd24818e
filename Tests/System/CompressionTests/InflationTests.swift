import Compression
import Testing

@Suite struct InflationTests {
    /// The output of `gzip.compress(b"abc", mtime=0)` in Python.
    private static let gzip: [UInt8] = [
        0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x4B, 0x4C, 0x4A, 0x06, 0x00,
        0xC2, 0x41, 0x24, 0x35, 0x03, 0x00, 0x00, 0x00,
    ]

    private static func inflated(_ pieces: [[UInt8]]) throws -> (bytes: [UInt8], isOver: Bool) {
        let inflation = Inflation()
        var bytes: [UInt8] = []
        for piece in pieces {
            var rest = piece[...]
            while let output = try inflation.next(from: &rest) { bytes += output }
        }
        return (bytes, inflation.isOver)
    }

    @Test func takesItsInputInAnyPieces() throws {
        for size in 1...Self.gzip.count {
            let pieces = stride(from: 0, to: Self.gzip.count, by: size).map {
                Array(Self.gzip[$0..<min($0 + size, Self.gzip.count)])
            }
            let result = try Self.inflated(pieces)
            #expect(result.bytes == Array("abc".utf8))
            #expect(result.isOver)
        }
    }

    @Test func passesOverWhatFollowsTheEnd() throws {
        let result = try Self.inflated([Self.gzip + [1, 2, 3], [4]])
        #expect(result.bytes == Array("abc".utf8))
        #expect(result.isOver)
    }

    @Test func knowsThatTheEndIsLacking() throws {
        #expect(try !Self.inflated([Array(Self.gzip.dropLast())]).isOver)
    }

    @Test func refusesWhatIsDamaged() {
        var damaged = Self.gzip
        damaged[15] ^= 1
        #expect(throws: Inflation.Damaged.self) { try Self.inflated([damaged]) }
        #expect(throws: Inflation.Damaged.self) { try Self.inflated([Array("no gzip".utf8)]) }
    }
}
