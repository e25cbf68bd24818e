import MirrorCommands
import SampleDeployment
import Testing
import Time

@Suite struct TimeTextTests {
    @Test(arguments: [
        ("14:00", "2026-11-22T14:00:00Z"), ("23:00", "2026-11-21T23:00:00Z"),
        ("2h", "2026-11-22T13:47:00Z"), ("3d", "2026-11-19T15:47:00Z"),
        ("2026-12-01", "2026-12-01T00:00:00Z"), ("2026-12-01T14:05", "2026-12-01T14:05:00Z"),
        ("2026-12-01T14:05:09Z", "2026-12-01T14:05:09Z"),
    ])
    func readsMomentsAsOperatorsTypeThem(_ text: String, _ moment: String) {
        #expect(TimeText.moment(text, now: .now).map { "\($0)" } == moment)
    }

    @Test(arguments: ["", "soon", "25:00", "h", "-2h", "2026-13-01", "99999999999h", "2026-02-30"])
    func anythingElseIsNone(_ text: String) {
        #expect(TimeText.moment(text, now: .now) == nil)
    }
}
