import FunctionRuntime
import JSON
import Mirrors
import Notices
import StatusFacts
import Testing
import Time

@Suite struct NoticeRulesTests {
    private static let start = Timestamp(secondsSinceEpoch: 1_796_083_200)

    static func at(_ hours: Double) -> Timestamp {
        start.advanced(bySeconds: Int64(hours * 3600))
    }

    /// Ten mirrors in use, `m0` to `m9`, except for the states in `words`.
    static func facts(
        at hours: Double,
        _ words: [Mirror.ID: Verdict.Word],
        since: [Mirror.ID: Timestamp] = [:],
        probedAt: Timestamp? = nil
    ) throws -> DeploymentFacts {
        var facts = DeploymentFacts(now: at(hours))
        facts.probedAt = probedAt ?? facts.now
        let country = try #require(CountryCode("DE"))
        facts.mirrors = (0..<10).map { number in
            let id = "m\(number)"
            let mirror = Mirror(
                id: id,
                name: "Mirror \(number)",
                country: country,
                region: "europe",
                accessPoints: []
            )
            var found = MirrorFacts(mirror, points: [])
            let word = words[id] ?? .inUse
            found.verdict = Verdict(word, since: since[id], "it is \(word.text)", remedy: "look")
            return found
        }
        return facts
    }

    /// The notices of runs every half hour until `hours`, as `m: kind word`.
    private func told(
        until hours: Double,
        _ thresholds: String? = nil,
        _ words: (Double) -> [Mirror.ID: Verdict.Word]
    ) throws -> [String] {
        var memory = NoticeMemory()
        var told: [String] = []
        for step in 0...Int(hours * 2) {
            let hour = Double(step) / 2
            let facts = try Self.facts(at: hour, words(hour))
            for notice in memory.judge(facts, by: try NoticeThresholds(thresholds)) {
                told.append("\(hour) \(notice.mirror): \(notice.kind) \(notice.word.rawValue)")
                memory.note(notice, at: facts.now)
            }
            // The next run uses what was stored.
            memory = try NoticeMemory(json: JSONValue(parsing: memory.json.serialized()))
        }
        return told
    }

    @Test(
        arguments: [
            (.down, 6.0), (.refusesUs, 1.0), (.notItself, 1.0), (.empty, 24.0), (.incomplete, 24.0),
        ] as [(Verdict.Word, Double)]
    )
    func aLastingProblemIsReportedOnce(word: Verdict.Word, hours: Double) throws {
        let told = try told(until: 100) { $0 >= 2 ? ["m3": word] : [:] }
        #expect(told == ["\(hours + 2) m3: begun \(word.rawValue)"])
    }

    @Test(arguments: [.notAsked, .partlyDown, .disabled, .notListed] as [Verdict.Word])
    func verdictsThatNeedNobodyAreNotReported(word: Verdict.Word) throws {
        #expect(try told(until: 400) { _ in ["m3": word] } == [])
    }

    @Test func problemsCountFromWhenTheFactsSayTheyBegan() throws {
        for (word, hours) in [(Verdict.Word.down, 6.0), (.behind, 72.0)] {
            var memory = NoticeMemory()
            let since = ["m3": Self.at(-hours)]
            let facts = try Self.facts(at: 0, ["m3": word], since: since)
            let notices = memory.judge(facts, by: try NoticeThresholds())
            #expect(notices.map(\.since) == [Self.at(-hours)])
            let early = try Self.facts(at: -0.1, ["m3": word], since: since)
            var other = NoticeMemory()
            #expect(other.judge(early, by: try NoticeThresholds()) == [])
        }
    }

    @Test func theEndIsReportedAfterAnHourWithoutTheProblem() throws {
        let told = try told(until: 48) { hour in
            // It comes back for half an hour in the meantime.
            (0..<8).contains(hour) || hour == 8.5 ? ["m3": .down] : [:]
        }
        #expect(told == ["6.0 m3: begun down", "10.0 m3: ended down"])
    }

    @Test func aFlappingMirrorIsReportedOnceAWeek() throws {
        // It is down for eight of every twelve hours.
        let told = try told(until: 15 * 24) { hour in
            hour.truncatingRemainder(dividingBy: 12) < 8 ? ["m3": .down] : [:]
        }
        #expect(told.count { $0.contains("begun") } == 3, "\(told)")
        #expect(told.count { $0.contains("ended") } <= 3, "\(told)")
    }

    @Test func aChangedProblemIsReportedWithinTheWeek() throws {
        let told = try told(until: 200) { hour in ["m3": hour < 10 ? .down : .incomplete] }
        #expect(told == ["6.0 m3: begun down", "34.0 m3: changed incomplete"])
    }

    @Test func theEndIsNotReportedOfAMirrorThatWasDisabled() throws {
        let told = try told(until: 100) { hour in ["m3": hour < 10 ? .down : .disabled] }
        #expect(told == ["6.0 m3: begun down"])
    }

    @Test func manyAtOnceAreOursAndReportedOnlyIfTheyStay() throws {
        let all = Dictionary(uniqueKeysWithValues: (0..<3).map { ("m\($0)", Verdict.Word.down) })
        let told = try told(until: 24) { hour in hour < 12 ? all : ["m2": .down] }
        #expect(told == ["12.0 m2: begun down"])
    }

    @Test func reportsNothingFromOldHealth() throws {
        var memory = NoticeMemory()
        let since = ["m3": Self.at(-100)]
        let old = try Self.facts(
            at: 0,
            ["m3": .down],
            since: since,
            probedAt: Self.at(-0.3)
        )
        #expect(memory.judge(old, by: try NoticeThresholds()) == [])
        let fresh = try Self.facts(at: 0, ["m3": .down], since: since)
        #expect(memory.judge(fresh, by: try NoticeThresholds()).count == 1)
    }

    @Test func thresholdsAreTheOperators() throws {
        let words: (Double) -> [Mirror.ID: Verdict.Word] = { _ in ["m1": .down, "m2": .incomplete] }
        #expect(
            try told(until: 50, "down=30m, incomplete=2d", words) == [
                "0.5 m1: begun down", "48.0 m2: begun incomplete",
            ]
        )
        #expect(try told(until: 50, "down=never,incomplete=never", words) == [])
    }

    @Test(arguments: [
        "down", "up=1h", "in-use=1h", "down=1", "down=-1h", "down=1w", "down=999999d",
    ])
    func aWrongThresholdIsNamed(text: String) {
        let error = #expect(throws: FunctionError.self) { try NoticeThresholds(text) }
        #expect(error?.exitStatus == 2)
        #expect("\(String(describing: error))".contains("STATUS_NOTICES"))
    }
}
