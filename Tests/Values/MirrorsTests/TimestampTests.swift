import Mirrors
import Testing

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
}
