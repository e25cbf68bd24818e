import Bytes
import Testing

@Suite struct TextTests {
    @Test(arguments: [
        ("0", UInt64(0)), ("007", 7), ("18446744073709551615", .max), ("18446744073709551616", nil),
        ("99999999999999999999", nil), ("", nil), ("-1", nil), ("+1", nil), ("1 ", nil),
        ("1a", nil), ("٣", nil),
    ])
    func readsDecimalNumbers(text: String, number: UInt64?) {
        let bytes = Array(text.utf8)
        #expect(bytes.decimal == number)
        let padded = Array("5".utf8) + bytes + Array("5".utf8)
        #expect(padded.span.decimal(in: 1..<1 + bytes.count) == number)
    }

    @Test(
        arguments: [
            ("0", 0), ("-0", 0), ("-7", -7), ("9223372036854775807", .max),
            ("-9223372036854775808", .min), ("9223372036854775808", nil),
            ("-9223372036854775809", nil), ("", nil), ("-", nil), ("+1", nil), ("1-", nil),
            ("99999999999999999999999", nil),
        ] as [(String, Int64?)]
    )
    func readsDecimalNumbersWithASign(text: String, number: Int64?) {
        #expect(Int64(decimal: Array(text.utf8)[...]) == number)
    }

    /// Swift considers two spellings of one character the same text.
    @Test func spellingIsThatOfBytes() {
        #expect("e\u{301}" == "\u{E9}")
        #expect(!"e\u{301}".isSpelled(like: "\u{E9}"))
        #expect("maps/europe.map".isSpelled(like: "maps/" + "europe" + ".map"))
        #expect(!"a".isSpelled(like: "ab"))
        #expect("".isSpelled(like: ""))
    }

    @Test(arguments: [
        ("close", true), ("keep-alive, Close", true), (" ,\tCLOSE\t", true), ("closed", false),
        ("", false), (",", false), ("close;q=1", false), ("a close", false),
    ])
    func aListHoldsATokenInAnyCase(list: String, expected: Bool) {
        let bytes = Array(list.utf8)
        #expect(bytes.span.list(in: 0..<bytes.count, contains: "close") == expected)
    }

    @Test func anElementIsTrimmedAndAnEmptyOneCounts() {
        let bytes = Array("x a ,,\tb;x".utf8)
        var elements: [String] = []
        let isFound = bytes.span.containsElement(of: 1..<bytes.count - 2) { element in
            elements.append(String(decoding: bytes[element], as: UTF8.self))
            return false
        }
        #expect(!isFound)
        #expect(elements == ["a", "", "b"])
    }

    @Test func theSearchEndsWithTheFirstElementThatIsMeant() {
        let bytes = Array("a,b,c".utf8)
        var count = 0
        #expect(
            bytes.span.containsElement(of: 0..<bytes.count) { element in
                count += 1
                return bytes[element].elementsEqual("b".utf8)
            }
        )
        #expect(count == 2)
    }

    @Test func comparesIgnoringCaseOfLettersAlone() {
        #expect(Self.equals("HTTP/1.1 @", "http/1.1 @"))
        #expect(!Self.equals("`", "@"))
        #expect(!Self.equals("a", "ab"))
        #expect(Self.begins("Content-Length: 1", "content-length:"))
        #expect(!Self.begins("Content", "content-length:"))
        #expect(Self.begins("", ""))
    }

    /// Eight bytes are compared at once, and only letters have two cases.
    @Test func comparesEachByteWithTheRightOne() {
        let name: StaticString = "keep-alive@[`{:"
        let right = Array("\(name)".utf8)
        for index in right.indices {
            for byte in UInt8.min...UInt8.max {
                var bytes = right
                bytes[index] = byte
                #expect(
                    bytes.span.beginsIgnoringCase(with: name)
                        == (byte.lowercasedASCII == right[index]),
                    "\(byte) at \(index)"
                )
            }
        }
    }

    @Test func findsTheFirstByteOfARange() {
        let bytes = Array("a/bcdefghijklmnop/q\u{E9}/".utf8)
        for start in bytes.indices {
            for end in start...bytes.count {
                let expected = bytes[start..<end].firstIndex(of: UInt8(ascii: "/")) ?? end
                #expect(bytes.span.firstIndex(of: UInt8(ascii: "/"), in: start..<end) == expected)
            }
        }
    }

    private static func equals(_ text: String, _ other: StaticString) -> Bool {
        Array(text.utf8).span.equalsIgnoringCase(other)
    }

    private static func begins(_ text: String, _ start: StaticString) -> Bool {
        Array(text.utf8).span.beginsIgnoringCase(with: start)
    }

    @Test func writesDigits() {
        var bytes: [UInt8] = []
        bytes.append(decimal: .max)
        bytes.append(" ")
        bytes.append(decimal: 0)
        bytes.append(" ")
        bytes.append(digits: 4, of: 17)
        bytes.append(" ")
        bytes.append(digits: 2, of: 123)
        bytes.append(" ")
        bytes.append(hexadecimal: 0x0A)
        #expect(String(decoding: bytes, as: UTF8.self) == "18446744073709551615 0 0017 23 0a")
    }

    @Test func hexadecimalDigitsAreReadInEitherCase() {
        let bytes = (UInt8.min...UInt8.max).map { $0 }
        let digits = String(hexadecimal: bytes)
        #expect([UInt8](hexadecimal: Array(digits.utf8)[...]) == bytes)
        #expect([UInt8](hexadecimal: Array(digits.uppercased().utf8)[...]) == bytes)
        #expect([UInt8](hexadecimal: Array("abc".utf8)[...]) == nil)
        #expect([UInt8](hexadecimal: Array("0g".utf8)[...]) == nil)
    }
}
