import Testing
import Time

@Suite struct TimestampTests {
    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00Z"),
        (951_782_400, "2000-02-29T00:00:00Z"),
        (1_795_362_420, "2026-11-22T15:47:00Z"),
        (-1, "1969-12-31T23:59:59Z"),
        (253_402_300_799, "9999-12-31T23:59:59Z"),
        (.max, "9999-12-31T23:59:59Z"),
        (.min, "0000-01-01T00:00:00Z"),
    ])
    func printsRFC3339(seconds: Int64, text: String) {
        #expect(Timestamp(secondsSinceEpoch: seconds).description == text)
    }

    @Test func knowsTheWeekday() {
        #expect(CalendarTime(Timestamp(secondsSinceEpoch: 0)).weekday == 4)
        #expect(CalendarTime(Timestamp(secondsSinceEpoch: 1_795_362_420)).weekday == 0)
    }

    @Test func saturatesInsteadOfOverflowing() {
        let end = Timestamp(secondsSinceEpoch: .max)
        #expect(end.advanced(bySeconds: 1) == end)
        #expect(end.seconds(since: Timestamp(secondsSinceEpoch: -1)) == .max)
    }

    @Test func readsTheRFC3339ThatItWrites() {
        for seconds in stride(from: -60_000_000_000 as Int64, to: 200_000_000_000, by: 86_399_977) {
            let time = Timestamp(secondsSinceEpoch: seconds)
            #expect(Timestamp(rfc3339: Array(time.description.utf8).span) == time)
        }
    }

    @Test(arguments: [
        ("2026-11-22T16:28:56.000Z", Int64(1_795_364_936)),
        ("2026-11-22T16:28:56.123456789Z", 1_795_364_936),
        ("2016-12-31T23:59:60Z", 1_483_228_800),
        ("", nil), ("yesterday", nil), ("2023-02-30T00:00:00Z", nil),
        ("2023-13-01T00:00:00Z", nil), ("2023-01-00T00:00:00Z", nil),
        ("2023-01-01T24:00:00Z", nil), ("2023-01-01T00:60:00Z", nil),
        ("2023-01-01T00:00:61Z", nil), ("2023-01-01T00:00:00+", nil),
        ("2023-01-01T00:00:00+01:00", nil), ("2023-01-01 00:00:00Z", nil),
        ("-023-01-01T00:00:00Z", nil), ("+023-01-01T00:00:00Z", nil),
        ("2023-01-01T00:00:00.Z", nil), ("2023-01-01T00:00:00.x Z", nil),
        ("2023-01-01T00:00:00.0000000000000Z", nil),
    ])
    func readsRFC3339InUTC(text: String, seconds: Int64?) {
        #expect(
            Timestamp(rfc3339: Array(text.utf8).span)
                == seconds.map { Timestamp(secondsSinceEpoch: $0) }
        )
    }

    @Test func everyDayOfFourCenturiesIsTakenApartAndPutTogether() {
        var expected = (year: 1900, month: 1, day: 1)
        let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        for day in (-25_567...120_529) as ClosedRange<Int64> {
            let time = CalendarTime(Timestamp(secondsSinceEpoch: day * 86_400 + 86_399))
            let midnight = Timestamp(year: time.year, month: time.month, day: time.day)
            if (time.year, time.month, time.day) != expected
                || (time.hour, time.minute, time.second) != (23, 59, 59)
                || midnight?.secondsSinceEpoch != day * 86_400
            {
                Issue.record("day \(day) is \(time), expected \(expected)")
            }
            let isLeap =
                expected.year % 4 == 0 && expected.year % 100 != 0 || expected.year % 400 == 0
            expected.day += 1
            if expected.day > lengths[expected.month - 1] + (isLeap && expected.month == 2 ? 1 : 0)
            {
                expected = (expected.year, expected.month + 1, 1)
            }
            if expected.month > 12 { expected = (expected.year + 1, 1, 1) }
        }
    }
}
