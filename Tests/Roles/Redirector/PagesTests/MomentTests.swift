import Testing
import Time

@testable import Pages

@Suite struct MomentTests {
    @Test(
        arguments: [
            (0, "just now"), (59, "just now"), (60, "1 minute ago"), (7_199, "1 hour ago"),
            (7_200, "2 hours ago"), (86_400, "1 day ago"), (-5, "just now"),
        ] as [(Int64, String)]
    )
    func saysAgesInTheLargestUnit(seconds: Int64, expected: String) {
        let now = Timestamp(secondsSinceEpoch: 1_700_000_000)
        var text: [UInt8] = []
        RelativeTime.append(ageOf: now.advanced(bySeconds: -seconds), at: now, to: &text)
        #expect(String(decoding: text, as: UTF8.self) == expected)
    }

    @Test(
        arguments: [
            (0, nil), (1023, nil), (1024, "1.0 KiB"), (1_288_490, "1.2 MiB"),
            (UInt64.max, "16777216.0 TiB"),
        ] as [(UInt64, String?)]
    )
    func roundsSizes(byteCount: UInt64, expected: String?) {
        #expect(MirrorListPage.rounded(byteCount) == expected)
    }
}
