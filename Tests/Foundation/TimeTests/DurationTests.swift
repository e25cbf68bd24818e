import Testing
import Time

@Suite struct DurationTests {
    @Test(arguments: [
        (Duration.zero, Int64(0)), (.milliseconds(5), 5), (.nanoseconds(1), 1),
        (.microseconds(1001), 2), (.seconds(3), 3000), (.milliseconds(-5), -5),
        (.microseconds(-1500), -1), (.seconds(Int64.max / 2), .max),
        (.seconds(Int64.min / 2), .min),
    ])
    func roundsUpToMilliseconds(duration: Duration, milliseconds: Int64) {
        #expect(duration.roundedUpToMilliseconds == milliseconds)
    }

    @Test func secondsHaveTheirFraction() {
        #expect(Duration.milliseconds(1500).inSeconds == 1.5)
        #expect(Duration.milliseconds(-250).inSeconds == -0.25)
    }
}
