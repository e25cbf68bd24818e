import Mirrors
import Redirection
import Testing

@Suite struct LocationTests {
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
        var bytes: [UInt8] = []
        Location.append(path: Array(path.utf8), to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
    }

    /// The Checker asks mirrors by `AccessPoint.url(of:)`; a client must be sent to the same URL.
    @Test func agreesWithTheCheckerForEveryByte() {
        let path = (UInt8.min...UInt8.max).map { $0 }
        var bytes = Array("http://h/".utf8)
        Location.append(path: path, to: &bytes)
        let point = AccessPoint(id: "h", scheme: .http, baseURL: "http://h/")
        #expect(String(decoding: bytes, as: UTF8.self) == point.url(of: TreePath(bytes: path)))
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
        Location.append(query: Array(query.utf8).span, to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
    }

    @Test func leavesOnlyHeaderSafeBytesWhateverComes() {
        let all = (UInt8.min...UInt8.max).map { $0 }
        var bytes: [UInt8] = []
        Location.append(path: all, to: &bytes)
        Location.append(query: all.span, to: &bytes)
        #expect(bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"\"<>\\^`{|}'".utf8.contains($0) })
    }
}
