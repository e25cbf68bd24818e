import HealthFormat
import JSON
import Mirrors
import Testing
import Time

/// `health.json`, for operators and for programs of version 0.1.0.
@Suite struct HealthJSONTests {
    let now = HealthFixture.now

    private func object(_ health: Health) throws -> JSONObject {
        guard case .object(let object) = health.json(at: now) else {
            throw JSONError.missing(field: "", expected: "an object")
        }
        return object
    }

    /// The fields of 0.1.0, with the same meaning; `down` names all access points that must not be
    /// used.
    @Test func keepsWhatOlderProgramsRead() throws {
        var health = HealthFixture.golden
        health.doubts["d-http"] = Health.Doubt(reason: .notItself, since: now, scope: .whole)
        let object = try object(health)
        #expect(object.members.prefix(3).map(\.key) == ["version", "checkedAt", "down"])
        #expect(object["version"] == 1)
        #expect(object["checkedAt"] == .integer(now.secondsSinceEpoch))
        #expect(object["down"] == ["b-http", "c-https", "d-http"])
        guard case .object(let points)? = object["accessPoints"] else {
            Issue.record("\(object)")
            return
        }
        #expect(
            points["b-http"]
                == [
                    "up": false, "since": .integer(now.secondsSinceEpoch - 120),
                    "checkedAt": .integer(now.secondsSinceEpoch), "latencyMilliseconds": 300,
                    "class": "status 503", "problem": "it answers with status 503",
                ]
        )
        // Each has "up", because 0.1.0 accepts none of them without it.
        for point in points.members {
            guard case .object(let fields) = point.value else { continue }
            #expect(fields["up"] != nil, "\(point.key)")
        }
    }

    /// The bytes are from a store of 0.1.0.
    @Test func readsWhatOlderProgramsWrote() throws {
        let health = try Health(
            json: JSONValue(
                parsing: Array(
                    """
                    {"version":1,"checkedAt":1795362420,"down":["b-http","c-http"],"accessPoints":{\
                    "a-http":{"up":true,"since":1795358820,"checkedAt":1795362420,\
                    "latencyMilliseconds":41},"b-http":{"up":false,"since":1795362300,\
                    "checkedAt":1795362420,"latencyMilliseconds":300,"problem":"503 for a/b"},\
                    "c-http":{"up":false,"since":1,"checkedAt":2,\
                    "problem":"time-out: Connection timed out after 5000 milliseconds"},\
                    "d-http":{"up":true,"since":1,"checkedAt":2,\
                    "problem":"429: it wants fewer questions"}}}
                    """.utf8
                )
            )
        )
        #expect(health.probedAt == now)
        #expect(
            health.statuses.mapValues(\.outage) == [
                "a-http": nil, "b-http": .status(503), "c-http": .other, "d-http": nil,
            ]
        )
        #expect(health.statuses["a-http"] == HealthFixture.golden.statuses["a-http"])
        #expect(health.statuses["d-http"]?.wantsPause == true)
    }

    /// The remains of a damaged blob: no closed access point is opened, and no doubted one is
    /// trusted.
    @Test func bringsBackDoubtsAndClosures() throws {
        var expected = HealthFixture.golden
        expected.doubts["a-http"]?.scope = .whole
        expected.doubts["a-http"]?.evidence = []
        expected.doubts["a-http"]?.awaitsCheck = false
        expected.writtenAt = now
        let read = try Health(json: HealthFixture.golden.json(at: now))
        #expect(read.doubts == expected.doubts)
        #expect(read.closures == expected.closures)
        #expect(read.statuses.keys.sorted() == ["a-http", "b-http"])
    }

    @Test(
        arguments: [
            "{}", "[]", #"{"version":2,"checkedAt":1,"accessPoints":{}}"#,
            #"{"version":1,"checkedAt":1,"accessPoints":[]}"#,
            #"{"version":1,"checkedAt":1,"accessPoints":{"a":{}}}"#,
            #"{"version":1,"checkedAt":1,"accessPoints":{"a":{"up":1}}}"#,
        ]
    )
    func refuses(text: String) {
        #expect(throws: JSONError.self) { try Health(json: JSONValue(parsing: Array(text.utf8))) }
    }
}
