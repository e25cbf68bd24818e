import TestSupport
import Testing
import URLs

@Suite struct PercentEncodingTests {
    @Test(
        arguments: [
            ("distfiles/a_b-1.0~rc.tar", "distfiles/a_b-1.0~rc.tar"),
            ("a%2Fb", "a%252Fb"),
            ("libstdc++@1!(2){3},4", "libstdc%2B%2B%401%21%282%29%7B3%7D%2C4"),
            ("a b\r\nX: y", "a%20b%0D%0AX%3A%20y"),
            ("ä", "%C3%A4"),
            ("<\"'>&", "%3C%22%27%3E%26"),
        ] as [(String, String)]
    )
    func encodesEverythingButUnreservedAndSlash(path: String, expected: String) {
        #expect(PercentEncoding.encoded(path: Array(path.utf8)) == expected)
    }

    /// `percentEncoded` is written from the RFC's text, independently of the product.
    @Test func encodesEveryByteAsTheRFCWantsIt() {
        let path = (UInt8.min...UInt8.max).map { $0 }
        #expect(PercentEncoding.encoded(path: path) == percentEncoded(path))
    }

    @Test func aComponentHasNoSlash() {
        #expect(PercentEncoding.encoded(component: "a/b c+~") == "a%2Fb%20c%2B~")
    }

    @Test(
        arguments: [
            ("a%2Fb", "a/b"), ("%41%5a%7E", "AZ~"), ("100%", nil), ("%4", nil), ("%zz", nil),
            ("%00", nil), ("%C3%A4", "ä"), ("%FF", nil), ("", ""), ("a+b", "a+b"),
        ] as [(String, String?)]
    )
    func decodesATextOrRefusesIt(encoded: String, text: String?) {
        #expect(PercentEncoding.decodedText(encoded) == text)
    }

    @Test(arguments: [
        ("a%2Fb%", "a/b%"), ("%4", "%4"), ("%zz%41", "%zzA"), ("%%41", "%A"), ("%252F", "%2F"),
    ])
    func aStrayPercentSignStandsForItself(encoded: String, text: String) {
        let bytes = PercentEncoding.decoded(Array(encoded.utf8).span)
        #expect(String(decoding: bytes, as: UTF8.self) == text)
    }

    @Test func whatWasEncodedIsDecodedAgain() {
        let path = (UInt8.min...UInt8.max).map { $0 }
        let encoded = PercentEncoding.encoded(path: path)
        #expect(PercentEncoding.decoded(Array(encoded.utf8).span, stray: .refused) == path)
    }

    @Test(
        arguments: [
            ("a=1&b=2", "a=1&b=2"),
            ("a=%20b", "a=%20b"),
            ("a=%", "a=%25"),
            ("a=%zz%4", "a=%25zz%254"),
            ("x\r\nSet-Cookie: y", "x%0D%0ASet-Cookie:%20y"),
            ("<\"'>", "%3C%22%27%3E"),
            ("ä", "%C3%A4"),
            ("a#b", "a%23b"),
        ] as [(String, String)]
    )
    func escapesWhatAQueryMayNotHold(query: String, expected: String) {
        var bytes: [UInt8] = []
        PercentEncoding.append(query: Array(query.utf8).span, to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
    }

    @Test func leavesOnlyHeaderSafeBytesWhateverComes() {
        let all = (UInt8.min...UInt8.max).map { $0 }
        var bytes: [UInt8] = []
        PercentEncoding.append(path: all, to: &bytes)
        PercentEncoding.append(query: all.span, to: &bytes)
        #expect(bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"\"<>\\^`{|}'".utf8.contains($0) })
    }
}
