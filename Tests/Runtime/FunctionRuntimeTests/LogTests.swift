import Testing
import Time

@testable import FunctionRuntime

@Suite struct LogTests {
    @Test func quotesWhatNeedsItAndLeavesNilOut() {
        let line = Log.line(
            .info,
            "published",
            ["files": 3, "mirror": nil, "name": "a \"b\"", "empty": ""],
            at: Timestamp(secondsSinceEpoch: 0),
            program: "leader"
        )
        #expect(
            line
                == "1970-01-01T00:00:00Z info leader: published files=3 name=\"a 'b'\" empty=\"\"\n"
        )
    }

    /// On AWS Lambda a line names the event to which it belongs.
    @Test func linesOfAnEventEndWithItsTrace() {
        let line = Log.line(
            .info,
            "done",
            [:],
            at: Timestamp(secondsSinceEpoch: 0),
            program: "checker",
            trace: "Root=1-5759e988"
        )
        #expect(line.hasSuffix(" checker: done trace=Root=1-5759e988\n"))
    }

    @Test func keepsAnEventOnOneLine() {
        let line = Log.line(
            .error,
            "a\nb",
            ["path": "c\r\nd\u{1b}[1m\u{9b}31m\u{85}"],
            at: Timestamp(secondsSinceEpoch: 0),
            program: "x"
        )
        #expect(line.filter { $0.isNewline }.count == 1)
        #expect(!line.unicodeScalars.contains("\u{1b}"))
        #expect(!line.unicodeScalars.contains { (0x7F...0x9F).contains($0.value) })
    }
}
