import Testing

@testable import Checking

@Suite struct HostPaceTests {
    /// The questions that a host with free connections is asked in `seconds`, asked for every
    /// millisecond.
    static func count(_ pace: inout HostPace, from start: Double, seconds: Double) -> Int {
        var count = 0
        for millisecond in 0..<Int(seconds * 1000) {
            let now = start + Double(millisecond) / 1000
            while pace.room(now: now) > 0 {
                pace.noteAsked()
                pace.noteAnswered()
                count += 1
            }
        }
        return count
    }

    @Test(arguments: [1, 7, 250])
    func asksNotMoreThanTheRateAllows(rate: Int) {
        var pace = HostPace(rate: rate, inFlightLimit: 4, now: 0)
        let count = Self.count(&pace, from: 0, seconds: 10)
        #expect(count <= rate * 10 + max(1, rate / 10))
        #expect(count >= rate * 10 - 1)
    }

    /// Where somebody's answer comes at any moment, requests still go out some at a time.
    @Test func emptiesItsBucketBeforeItFillsAgain() {
        var pace = HostPace(rate: 250, inFlightLimit: 1000, now: 0)
        var batches: [Int] = []
        for millisecond in 0..<1000 {
            let room = pace.room(now: Double(millisecond) / 1000)
            for _ in 0..<room { pace.noteAsked() }
            if room > 0 { batches.append(room) }
        }
        #expect(batches.allSatisfy { $0 >= 12 })
        #expect(batches.reduce(0, +) >= 250)
    }

    @Test func aPauseDoesNotEndInABurst() {
        var pace = HostPace(rate: 250, inFlightLimit: 1000, now: 0)
        #expect(pace.room(now: 3600) == 25)
    }

    @Test func asksAsFastAsItIsAnsweredWithoutARate() {
        var pace = HostPace(rate: 0, inFlightLimit: 4, now: 0)
        for _ in 0..<4 {
            #expect(pace.room(now: 0) > 0)
            pace.noteAsked()
        }
        #expect(pace.room(now: 0) == 0)
        pace.noteAnswered()
        #expect(pace.room(now: 0) == 1)
    }

    @Test func restsForAsLongAsTheHostAsks() {
        var pace = HostPace(rate: 100, inFlightLimit: 4, now: 0)
        pace.noteAsked()
        pace.noteComplaint(retryAfterSeconds: 30, now: 1)
        #expect(pace.room(now: 30.9) == 0)
        #expect(pace.room(now: 31.1) > 0)
        #expect(pace.rate == 50)
    }

    @Test func restsLongerEachTimeAndOncePerPause() {
        var pace = HostPace(rate: 100, inFlightLimit: 4, now: 0)
        for _ in 0..<3 { pace.noteAsked() }
        pace.noteComplaint(retryAfterSeconds: nil, now: 0)
        // The other two were under way already.
        pace.noteComplaint(retryAfterSeconds: nil, now: 0.1)
        pace.noteComplaint(retryAfterSeconds: nil, now: 0.2)
        #expect(pace.pausedUntil == 1)
        #expect(pace.rate == 50)
        pace.noteAsked()
        pace.noteComplaint(retryAfterSeconds: nil, now: 2)
        #expect(pace.pausedUntil == 4)
    }

    @Test func comesBackToItsRate() {
        var pace = HostPace(rate: 100, inFlightLimit: 4, now: 0)
        pace.noteAsked()
        pace.noteComplaint(retryAfterSeconds: nil, now: 0)
        _ = Self.count(&pace, from: 2, seconds: 10)
        #expect(pace.rate == 100)
    }

    @Test func noPauseIsLongerThanAnHour() {
        var pace = HostPace(rate: 100, inFlightLimit: 4, now: 0)
        pace.noteAsked()
        pace.noteComplaint(retryAfterSeconds: .max, now: 0)
        #expect(pace.pausedUntil == 3600)
    }
}
