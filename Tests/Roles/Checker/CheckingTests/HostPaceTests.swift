import Testing

@testable import Checking

@Suite struct HostPaceTests {
    /// The requests that a host is sent in `seconds`, asked for every
    /// millisecond.
    static func count(_ pace: inout HostPace, from start: Double, seconds: Double) -> Int {
        var count = 0
        for millisecond in 0..<Int(seconds * 1000) {
            let now = start + Double(millisecond) / 1000
            while pace.allowance(now: now) > 0 {
                pace.noteSent()
                pace.noteContent()
                count += 1
            }
        }
        return count
    }

    @Test(arguments: [1, 7, 250])
    func asksNotMoreThanTheRateAllows(rate: Int) {
        var pace = HostPace(rate: rate, now: 0)
        let count = Self.count(&pace, from: 0, seconds: 10)
        #expect(count <= rate * 10 + max(1, rate / 10))
        #expect(count >= rate * 10 - 1)
    }

    @Test func answersAtOnceCountLikeOneAfterTheOther() {
        var (atOnce, singly) = (HostPace(rate: 256, now: 0), HostPace(rate: 256, now: 0))
        atOnce.noteComplaint(retryAfterSeconds: nil, now: 0)
        singly.noteComplaint(retryAfterSeconds: nil, now: 0)
        let halved = atOnce
        atOnce.noteContent(answerCount: 0)
        #expect(atOnce == halved)
        atOnce.noteContent(answerCount: 100)
        for _ in 0..<100 { singly.noteContent() }
        #expect(atOnce == singly)
        #expect(atOnce != halved)
    }

    /// If answers may arrive at any moment, requests are still sent several at a time.
    @Test func emptiesItsBucketBeforeItFillsAgain() {
        var pace = HostPace(rate: 250, now: 0)
        var batches: [Int] = []
        for millisecond in 0..<1000 {
            let room = pace.allowance(now: Double(millisecond) / 1000)
            for _ in 0..<room { pace.noteSent() }
            if room > 0 { batches.append(room) }
        }
        #expect(batches.allSatisfy { $0 >= 12 })
        #expect(batches.reduce(0, +) >= 250)
    }

    @Test func aPauseDoesNotEndInABurst() {
        var pace = HostPace(rate: 250, now: 0)
        #expect(pace.allowance(now: 3600) == 25)
    }

    @Test func asksAsMuchAsItMayWithoutARate() {
        var pace = HostPace(rate: 0, now: 0)
        for _ in 0..<1000 { pace.noteSent() }
        #expect(pace.allowance(now: 0) == .max)
    }

    @Test func restsForAsLongAsTheHostAsks() {
        var pace = HostPace(rate: 100, now: 0)
        pace.noteSent()
        pace.noteComplaint(retryAfterSeconds: 30, now: 1)
        #expect(pace.allowance(now: 30.9) == 0)
        #expect(pace.allowance(now: 31.1) > 0)
        #expect(pace.rate == 50)
    }

    @Test func restsLongerEachTimeAndOncePerPause() {
        var pace = HostPace(rate: 100, now: 0)
        for _ in 0..<3 { pace.noteSent() }
        pace.noteComplaint(retryAfterSeconds: nil, now: 0)
        // The other two were already in progress.
        pace.noteComplaint(retryAfterSeconds: nil, now: 0.1)
        pace.noteComplaint(retryAfterSeconds: nil, now: 0.2)
        #expect(pace.pausedUntil == 1)
        #expect(pace.rate == 50)
        pace.noteSent()
        pace.noteComplaint(retryAfterSeconds: nil, now: 2)
        #expect(pace.pausedUntil == 4)
    }

    @Test func comesBackToItsRate() {
        var pace = HostPace(rate: 100, now: 0)
        pace.noteSent()
        pace.noteComplaint(retryAfterSeconds: nil, now: 0)
        _ = Self.count(&pace, from: 2, seconds: 10)
        #expect(pace.rate == 100)
    }

    @Test func noPauseIsLongerThanAnHour() {
        var pace = HostPace(rate: 100, now: 0)
        pace.noteSent()
        pace.noteComplaint(retryAfterSeconds: .max, now: 0)
        #expect(pace.pausedUntil == 3600)
    }
}
