import Mirrors
import Testing

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
        #expect(Moment.age(of: now.advanced(bySeconds: -seconds), at: now) == expected)
    }

    @Test func writesRFC3339() {
        let time = Timestamp(secondsSinceEpoch: 784_111_777)
        #expect(Moment.rfc3339(time) == "1994-11-06T08:49:37Z")
    }

    @Test func readsWhatItWrites() {
        for seconds in stride(from: -60_000_000_000 as Int64, to: 200_000_000_000, by: 86_399_977) {
            let time = Timestamp(secondsSinceEpoch: seconds)
            #expect(Moment.timestamp(rfc3339: Moment.rfc3339(time)) == time)
        }
        for text in [
            "", "yesterday", "2023-02-30T00:00:00Z", "2023-01-01T00:00:00+", "-023-01-01T00:00:00Z",
        ] {
            #expect(Moment.timestamp(rfc3339: text) == nil)
        }
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
