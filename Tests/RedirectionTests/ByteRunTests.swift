import Redirection
import TestSupport
import Testing

@Suite struct ByteRunTests {
    /// Bytes of which about every twentieth ends a run, at every alignment and length.
    private static func samples() -> [[UInt8]] {
        var random = SeededGenerator(seed: 20)
        let ends: [UInt8] = [0, 0x09, 0x1F, 0x20, 0x21, 0x7E, 0x7F, 0x80, 0xFF]
        return (0..<2_000).map { _ in
            (0..<Int.random(in: 0...40, using: &random)).map { _ in
                Int.random(in: 0..<20, using: &random) == 0
                    ? ends.randomElement(using: &random) ?? 0
                    : UInt8.random(in: 0x22...0xFE, using: &random)
            }
        }
    }

    @Test(arguments: [0x20, 0x21] as [UInt8])
    func findsTheControlThatASlowSearchFinds(lowest: UInt8) {
        for bytes in Self.samples() {
            for start in 0...bytes.count {
                let expected = bytes[start...].firstIndex { $0 < lowest || $0 == 0x7F }
                #expect(
                    bytes.span.firstControl(below: lowest, from: start)
                        == expected ?? bytes.count,
                    "\(bytes) from \(start)"
                )
            }
        }
    }

    @Test func aRunEndsAtTheFirstByteThatIsNotInTheSet() {
        for bytes in Self.samples() {
            for start in 0...bytes.count {
                let expected = bytes[start...].firstIndex { !ByteSet.token.contains($0) }
                #expect(bytes.span.endOfRun(of: .token, from: start) == expected ?? bytes.count)
            }
        }
    }

    @Test func urlsInHeadersHaveNoCharacterThatCouldEndThem() {
        let refused = Set("\"<>\\^`{|}".utf8)
        for byte in UInt8.min...UInt8.max {
            let expected = byte > 0x20 && byte < 0x7F && !refused.contains(byte)
            #expect(ByteSet.safeInHeader.contains(byte) == expected, "\(byte)")
        }
    }
}
