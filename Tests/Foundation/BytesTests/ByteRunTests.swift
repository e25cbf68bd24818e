import Bytes
import TestSupport
import Testing

@Suite struct ByteRunTests {
    /// Bytes, about every twentieth of which ends a run, at every alignment and length.
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

    /// Paths and other texts of few different bytes, so that runs are long and slashes meet dots.
    private static func paths() -> [[UInt8]] {
        var random = SeededGenerator(seed: 21)
        let bytes = Array("aZ09-_./az/b.~+%@`[{\u{7F}:\u{E9}".utf8)
        return (0..<4_000).map { number in
            (0..<Int.random(in: 0...40, using: &random)).map { _ in
                bytes[Int.random(in: 0..<(number % 2 == 0 ? 8 : bytes.count), using: &random)]
            }
        }
    }

    @Test(arguments: [
        ByteSet.token, .alphanumeric, .alphanumeric.union(ByteSet("-._/%:")),
        .alphanumeric.union(ByteSet("-._")), ByteSet("a/"), ByteSet("-._az09"), ByteSet(""),
    ])
    func aRunOfAnySetEndsWhereASlowSearchEndsIt(set: ByteSet) {
        for bytes in Self.paths() + Self.samples() {
            for start in 0...bytes.count {
                let expected = bytes[start...].firstIndex { !set.contains($0) }
                #expect(bytes.span.endOfRun(of: set, from: start) == expected ?? bytes.count)
            }
        }
    }

    @Test func aPlainPathHasNoSegmentThatIsEmptyOrBeginsWithADot() {
        let plain = Set("-._/0123456789".utf8).union(0x41...0x5A).union(0x61...0x7A)
        for bytes in Self.paths() where bytes.count >= 8 {
            let end = bytes[1...].firstIndex { !plain.contains($0) } ?? bytes.count
            // The first byte is taken for a slash, whatever it is.
            let path = Array("/".utf8) + bytes[1..<end]
            let isSpecial = zip(path, path.dropFirst()).contains { before, byte in
                before == UInt8(ascii: "/") && (byte == before || byte == UInt8(ascii: "."))
            }
            #expect(
                bytes.span.endOfPlainPath(from: 1) == (isSpecial ? nil : end),
                "\(String(decoding: bytes, as: UTF8.self))"
            )
        }
    }

    @Test func onlyBytesThatAreSafeInAHeaderArePlainInAURL() {
        let plain = Set("$%&'()*+,-./:;0123456789".utf8).union(0x61...0x7A)
        for byte in UInt8.min...UInt8.max {
            for position in 0..<11 {
                var bytes = Array("https://a./".utf8)
                bytes[position] = byte
                #expect(bytes.span.hasOnlyPlainURLBytes == plain.contains(byte), "\(byte)")
            }
            #expect(!plain.contains(byte) || ByteSet.safeInHeader.contains(byte))
        }
        #expect(Array("http://".utf8).span.hasOnlyPlainURLBytes == false)
    }

    @Test func shortTextsAreNoPlainPaths() {
        for count in 0..<8 {
            let bytes = [UInt8](repeating: UInt8(ascii: "a"), count: count)
            #expect(bytes.span.endOfPlainPath(from: 1) == nil)
        }
    }

    @Test func aNameBeginsBehindTheLastSlash() {
        for bytes in Self.paths() {
            let expected = bytes.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
            #expect(bytes.span.startOfName() == expected)
        }
    }
}
