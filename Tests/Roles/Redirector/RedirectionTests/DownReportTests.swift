import Foundation
import JSON
import Mirrors
import Redirection
import Testing
import Time

@Suite struct DownReportTests {
    private func health(_ states: [String: Bool]) -> Health {
        let now = Timestamp(secondsSinceEpoch: 1_700_000_000)
        var health = Health(checkedAt: now)
        for (id, isUp) in states {
            health.accessPoints[id] = Health.Status(
                isUp: isUp,
                since: now,
                checkedAt: now,
                latencyMilliseconds: isUp ? 12 : nil,
                problem: isUp ? nil : "says \"no\" \\ {[,:]} \u{1F480}"
            )
        }
        return health
    }

    private func read(_ text: String) throws(DownReportError) -> DownReport {
        let bytes = Array(text.utf8)
        return try DownReport(reading: bytes.span)
    }

    @Test(
        arguments: [
            [:], ["a-http": true], ["a-http": false], ["a": false, "b": true, "c": false],
        ] as [[String: Bool]]
    )
    func agreesWithTheWriter(states: [String: Bool]) throws {
        let health = health(states)
        let expected = DownReport(
            checkedAt: health.checkedAt,
            down: states.filter { !$0.value }.keys.sorted().map { Array($0.utf8) }
        )
        #expect(try read("\(health.json)") == expected)
        #expect(try read(olderText(of: health)) == expected)
    }

    /// What was written before there was a list of those that are down.
    private func olderText(of health: Health) throws -> String {
        let text = "\(health.json)"
        let start = try #require(text.range(of: #""down":["#))
        let end = try #require(text[start.upperBound...].range(of: "],"))
        return text.replacingCharacters(in: start.lowerBound..<end.upperBound, with: "")
    }

    /// A copy that was cut off is not taken for health with fewer mirrors down.
    @Test(arguments: [false, true])
    func aPrefixIsRefusedOrSaysTheSame(isOlder: Bool) throws {
        let health = health(["a": true, "b": false, "c": false])
        let bytes = Array((isOlder ? try olderText(of: health) : "\(health.json)").utf8)
        let whole = try DownReport(reading: bytes.span)
        var refused = 0
        for count in 0..<bytes.count {
            let prefix = Array(bytes[..<count])
            do {
                #expect(try DownReport(reading: prefix.span) == whole)
            } catch {
                refused += 1
            }
        }
        #expect(refused > 40)
    }

    @Test func skipsWhatItDoesNotKnow() throws {
        let report = try read(
            """
            { "new": [1, {"up": false}, "x"], "version": 1,
              "accessPoints": {"a": {"deep": {"up": true}, "up": false, "list": []}},
              "checkedAt": -5 }
            """
        )
        #expect(
            report
                == DownReport(
                    checkedAt: Timestamp(secondsSinceEpoch: -5),
                    down: [Array("a".utf8)]
                )
        )
    }

    @Test(
        arguments: [
            "", "[]", "{}", "null", "{\"version\":1}",
            "{\"version\":1,\"checkedAt\":1,\"accessPoints\":{\"a\":{}}}",
            "{\"version\":1,\"checkedAt\":1,\"accessPoints\":{\"a\":{\"up\":1}}}",
            "{\"version\":1,\"checkedAt\":1,\"accessPoints\":[]}",
            "{\"version\":2,\"checkedAt\":1,\"accessPoints\":{}}",
            "{\"version\":1,\"checkedAt\":1.5,\"accessPoints\":{}}",
            "{\"version\":1,\"checkedAt\":99999999999999999999,\"accessPoints\":{}}",
            "{\"version\":1,\"checkedAt\":1,\"down\":{}}",
            "{\"version\":1,\"checkedAt\":1,\"down\":[1]}",
            "{\"version\":1,\"checkedAt\":1,\"down\":[\"a\",]}",
            "{\"version\":1,\"checkedAt\":1,\"down\":[\"a\" \"b\"]}",
            "{\"version\":1 \"checkedAt\":1,\"accessPoints\":{}}",
            "{,\"version\":1,\"checkedAt\":1,\"accessPoints\":{}}",
            "{\"version\":1,\"checkedAt\":1,\"accessPoints\":{\"a\":{\"up\":true},}",
            "{\"version\":],\"checkedAt\":1,\"accessPoints\":{}}",
            "{\"x\":[[[,\"version\":1,\"checkedAt\":1,\"accessPoints\":{}}",
        ]
    )
    func refuses(text: String) {
        #expect(throws: DownReportError.self) { try read(text) }
    }
}
