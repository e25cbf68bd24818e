import Testing
import Time

@Suite struct HTTPDateTests {
    static let dates: [(text: String, seconds: Int64?)] = [
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
        ("Thu, 29 Feb 2024 23:59:60 GMT", 1_709_251_200),
        ("Sun, 22 Nov 2026 15:47:00 GMT", 1_795_362_420),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
        ("Sat, 01 Jan 0000 00:00:00 GMT", -62_167_219_200),
        ("Sunday, 06-Nov-94 08:49:37 GMT", nil), ("Sun Nov  6 08:49:37 1994", nil),
        ("Sun, 06 Nov 1994 08:49:37 CET", nil), ("Sun, 06 nov 1994 08:49:37 GMT", nil),
        ("Sun, 00 Nov 1994 08:49:37 GMT", nil), ("Sun, 32 Nov 1994 08:49:37 GMT", nil),
        ("Sun, 06 Nov 1994 24:49:37 GMT", nil), ("Sun, 06 Nov 1994 08:60:37 GMT", nil),
        ("Sun, 06 Nov 1994 08:49:61 GMT", nil), ("Sun, 06 Nov 19x4 08:49:37 GMT", nil),
        ("Sun, 06 Nov 1994 08:49:37 GM", nil), ("Sun; 06 Nov 1994 08:49:37 GMT", nil),
        ("", nil), ("0", nil),
    ]

    @Test(arguments: dates)
    func readsTheFormThatServersSend(_ row: (text: String, seconds: Int64?)) {
        let bytes = Array("x\(row.text)".utf8)
        #expect(
            HTTPDate.timestamp(bytes.span, in: 1..<bytes.count)?.secondsSinceEpoch == row.seconds
        )
    }

    @Test(arguments: dates)
    func writesWhatItReads(_ row: (text: String, seconds: Int64?)) {
        // A leap second is written as the second after it.
        guard let seconds = row.seconds, !row.text.contains(":60") else { return }
        let time = Timestamp(secondsSinceEpoch: seconds)
        #expect(String(decoding: HTTPDate.bytes(time), as: UTF8.self) == row.text)
    }
}
