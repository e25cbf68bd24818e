import Foundation
import Testing

@testable import local_gateway

@Suite struct CronScheduleTests {
    /// A schedule, a time, and the next time in the schedule.
    ///
    /// 2026-11-22 is a Sunday.
    static let table: [(schedule: String, after: String, next: String)] = [
        ("* * * * *", "2026-11-22T16:04:59Z", "2026-11-22T16:05:00Z"),
        ("* * * * *", "2026-11-22T16:05:00Z", "2026-11-22T16:06:00Z"),
        ("*/5 * * * *", "2026-11-22T16:04:00Z", "2026-11-22T16:05:00Z"),
        ("*/5 * * * *", "2026-11-22T23:55:00Z", "2026-11-23T00:00:00Z"),
        ("7,37 3-5 * * *", "2026-11-22T05:08:00Z", "2026-11-22T05:37:00Z"),
        ("7,37 3-5 * * *", "2026-11-22T05:37:00Z", "2026-11-23T03:07:00Z"),
        ("10/20 * * * *", "2026-11-22T16:31:00Z", "2026-11-22T16:50:00Z"),
        ("0 0 1 jan *", "2026-11-22T16:00:00Z", "2027-01-01T00:00:00Z"),
        ("0 12 * * mon-fri", "2026-11-22T16:00:00Z", "2026-11-23T12:00:00Z"),
        ("0 12 * * 7", "2026-11-22T11:00:00Z", "2026-11-22T12:00:00Z"),
        ("0 0 13 * fri", "2026-11-22T16:00:00Z", "2026-11-27T00:00:00Z"),
        ("0 0 29 2 *", "2026-11-22T16:00:00Z", "2028-02-29T00:00:00Z"),
        ("@hourly", "2026-11-22T16:00:00Z", "2026-11-22T17:00:00Z"),
        ("@daily", "2026-11-22T16:00:00Z", "2026-11-23T00:00:00Z"),
        ("@weekly", "2026-11-22T16:00:00Z", "2026-11-29T00:00:00Z"),
        ("@every 1m30s", "2026-11-22T16:00:10Z", "2026-11-22T16:01:40Z"),
    ]

    @Test(arguments: table)
    func namesTheNextMoment(_ row: (schedule: String, after: String, next: String)) throws {
        let after = try Date(row.after, strategy: .iso8601)
        let next = try CronSchedule(row.schedule).next(after: after)
        #expect(next == (try Date(row.next, strategy: .iso8601)))
    }

    @Test func hasNoMomentThatNeverComes() throws {
        #expect(try CronSchedule("0 0 30 2 *").next(after: Date(timeIntervalSince1970: 0)) == nil)
    }

    @Test(arguments: [
        "", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *",
        "* * * * 8", "5-1 * * * *", "*/0 * * * *", "1,,2 * * * *", "a * * * *", "@every",
        "@every 5x",
        "@every 0s", "@fortnightly",
    ])
    func refusesWhatItDoesNotUnderstand(_ schedule: String) {
        #expect(throws: CronSchedule.Failure(schedule: schedule)) { try CronSchedule(schedule) }
    }
}
