import Events
import FunctionRuntime
import HealthFormat
import JSON
import MirrorCommands
import Mirrors
import ObjectStorage
import RunRecords
import SampleDeployment
import Testing
import TestSupport
import Time

@Suite struct MirrorsProgramTests {
    /// Four mirrors: perfect, down, without links, and disabled.
    private func deployment() throws -> Deployment {
        var deployment = try Deployment()
        try deployment.add("alpha.example")
        try deployment.add("beta.example", status: .down(.timedOut))
        try deployment.add("gamma.example") { $0 % 10 == 9 ? .absent : .present }
        try deployment.add("delta.example", isEnabled: false)
        return deployment
    }

    @Test func theListSaysOfEachMirrorHowItIs() throws {
        let lines = try deployment().run().text.split(separator: "\n")
        #expect(lines.count == 6)
        #expect(lines[1].contains("● in use"))
        #expect(lines[2].contains("▲ down") && lines[2].contains("no answer in time"))
        #expect(lines[3].contains("◆ incomplete") && lines[3].contains("90.0 %"))
        #expect(lines[5] == "4 of 4 mirrors; 2 with a problem")
    }

    /// A name, and the share of the last 24 hours in which it was up according to the probe's
    /// events, whether or not pages are made.
    @Test func theListSaysNamesAndHowMuchOfADayEachWasUp() throws {
        var deployment = try Deployment()
        try deployment.add("alpha.example", name: "Alpha University, Department of Long Names")
        try deployment.add("beta.example", status: .down(.timedOut, hours: 3))
        #expect(!(try deployment.run().text.contains("100 %  it has")))
        var probe = RunRecord(.probe, program: "1", startedAt: .now, endedAt: .now)
        probe.lastSuccessAt = .now
        probe.steadySince = .ago(hours: 100)
        try deployment.store.put(BlobKey(probe.key), probe.json.serialized())
        deployment.store.append([
            Event(.down, "beta.example-https", at: .ago(hours: 3), by: "checker-probe")
        ])
        let lines = try deployment.run().text.split(separator: "\n")
        #expect(lines[0].contains("NAME") && lines[0].contains("UP 24 H"))
        #expect(lines[1].contains("Alpha University, Department of…"))
        #expect(lines[1].contains("100 %  it has all files"))
        let columns = lines[2].split(separator: " ")
        // The current hour counts as a whole one.
        #expect(columns.contains("86.5"), "\(lines[2])")
        let down = try deployment.run("list", "--down").text.split(separator: "\n")
        #expect(down[1].contains("2026-11-22 12:47"), "\(down)")
    }

    @Test(arguments: [
        ("--problems", ["beta.example", "gamma.example"]), ("--down", ["beta.example"]),
        ("--disabled", ["delta.example"]), ("--state=in-use", ["alpha.example"]),
        ("--country=fr", []),
    ])
    func filtersChoose(_ filter: String, _ ids: [String]) throws {
        let result = try deployment().run("list", filter)
        guard case .object(let object) = result.json, case .array(let mirrors)? = object["mirrors"]
        else {
            Issue.record("\(result.json)")
            return
        }
        let found = mirrors.compactMap { value -> String? in
            guard case .object(let mirror) = value, case .string(let id)? = mirror["id"] else {
                return nil
            }
            return id
        }
        #expect(found == ids)
    }

    @Test func anIDMayBeCutWhereItIsUnique() throws {
        let deployment = try deployment()
        #expect(try deployment.run("show", "alp").text.contains("(alpha.example), DE"))
        #expect(try deployment.run("show", "beta.example-https").text.contains("(beta.example)"))
        #expect(throws: FunctionError.badRequest("there is no mirror \"omega\"")) {
            try deployment.run("show", "omega")
        }
        let error = #expect(throws: FunctionError.self) { try deployment.run("show", "") }
        #expect(error?.description.contains("alpha.example, beta.example") == true)
    }

    @Test func whatIsStaleIsShownApartFromWhatIsWrong() throws {
        var deployment = try Deployment()
        try deployment.add("late.example") { $0 < 5 ? .altered : $0 < 8 ? .stale : .present }
        let shown = try deployment.run("show", "late")
        let lines = shown.text.split(separator: "\n")
        let columns = lines.first { $0.hasPrefix("https://late.example/") }?.split(separator: " ")
        #expect(
            columns?.dropFirst(2).prefix(6) == ["92", "0", "5", "3", "0", "0"],
            "\(shown.text)"
        )
        #expect(
            lines.contains {
                $0.hasPrefix("5 wrong (another length), such as distfiles/0/file-0 since 2026-")
            }
        )
        #expect(
            lines.contains {
                $0.hasPrefix(
                    "3 stale (the content before the last change), such as distfiles/0/file-5 since"
                )
            }
        )
        guard case .object(let mirror) = shown.json, case .object(let files)? = mirror["files"]
        else {
            Issue.record("\(shown.json)")
            return
        }
        #expect(files["wrong"] == .integer(5))
        #expect(files["stale"] == .integer(3))
        let wrong = try deployment.run("missing", "late", "--wrong").text.split(separator: "\n")
        #expect(wrong.count { $0.hasSuffix("\twrong") } == 5)
        #expect(wrong.count { $0.hasSuffix("\tstale") } == 3)
    }

    @Test func showTellsWhatTheLatestCheckGot() throws {
        var deployment = try Deployment()
        try deployment.add("closed.example") { _ in .refused }
        var answers = AnswerTally()
        answers.add("403", count: 57)
        for number in 0..<3 { answers.add("403", path: "distfiles/0/file-\(number)") }
        let line = CheckRecord.Line(
            id: "closed.example-https",
            at: .ago(hours: 1),
            askedCount: 60,
            leftCount: 40,
            answers: answers
        )
        try deployment.store.put(
            BlobKey("runs/checker/0.json"),
            CheckRecord(
                slot: "0",
                startedAt: .ago(hours: 1),
                endedAt: .ago(hours: 1),
                ending: "nothing due",
                generation: 1,
                lines: [line]
            ).json.serialized()
        )
        let text = try deployment.run("show", "closed").text
        #expect(
            text.contains(
                "https://closed.example/: check of 2026-11-22 14:47: 60 asked, 40 left; 60 × 403"
            ),
            "\(text)"
        )
    }

    @Test func missingPrintsCausesAndThenPaths() throws {
        let result = try deployment().run("missing", "gamma")
        let lines = result.text.split(separator: "\n")
        #expect(lines[0].hasPrefix("# 10 absent: all symlinks, since "))
        #expect(lines[1] == "distfiles/0/file-9")
        #expect(lines.count == 11)
        #expect(result.status == 1)
        #expect(try deployment().run("missing", "alpha").status == 0)
    }

    @Test func whyNamesTheFirstConditionThatFails() throws {
        let deployment = try deployment()
        let down = try deployment.run("why", "beta")
        #expect(down.status == 1)
        #expect(down.text.hasPrefix("beta.example: down since"))
        let path = try deployment.run("why", "gamma", "/distfiles/0/file-9")
        #expect(path.text.contains("it lacks the file: it answered 404, since"))
        #expect(
            try deployment.run("why", "gamma", "distfiles/0/file-1").text.contains(
                "it has the file"
            )
        )
        #expect(try deployment.run("why", "gamma", "nothing").text.contains("no generation"))
    }

    @Test func doctorEndsAsNagiosWantsIt() throws {
        let result = try deployment().run("doctor")
        #expect(result.status == 2)
        let lines = result.text.split(separator: "\n")
        #expect(lines[0].hasPrefix("CRITICAL: "))
        #expect(lines.contains { $0.hasPrefix("CRITICAL maps: ") })
        #expect(lines.contains { $0.hasPrefix("OK storage: ") })
    }

    @Test func eventsNameTheAuthorOfACommand() throws {
        let deployment = try deployment()
        let line =
            #"{"at":"2026-11-22T14:01:00Z","by":"mirrors","kind":"command","#
            + #""subject":"beta.example","text":"ada: disable"}"#
        try deployment.store.put(BlobKey("events/2026-11-22.jsonl"), Array(line.utf8))
        #expect(try deployment.run("events", "--since", "14:00").text.contains("ada: disable"))
        #expect(try deployment.run("events", "beta", "--since=3h").text.contains("disable"))
        #expect(try deployment.run("events", "alpha").text.hasPrefix("nothing was noted"))
        #expect(try deployment.run("events", "--kind", "down").text.hasPrefix("nothing was noted"))
        #expect(throws: FunctionError.self) { try deployment.run("events", "--since", "soon") }
    }

    @Test func checkRefusesWhatItsReaderWould() throws {
        let folder = try TemporaryFolder("check")
        try folder.write(#"{"beta.example":{"weight":50}}"#, to: "overrides.json")
        try folder.write(#"{"omega":{"weight":50}}"#, to: "overrides-2.json")
        try folder.write(#"{"version":1,"mutable":[]}"#, to: "classes.json")
        let deployment = try deployment()
        let right = try deployment.run(
            "check",
            folder.appending("overrides.json"),
            folder.appending("classes.json")
        )
        #expect(right.status == 0, "\(right.text)")
        let wrong = try deployment.run("check", folder.appending("overrides-2.json"))
        #expect(wrong.status == 1)
        #expect(wrong.text.contains("omega"))
    }

    @Test func trafficSumsRequestsAndTheLengthsOfTheirFiles() throws {
        let folder = try TemporaryFolder("traffic")
        let lines = [
            #"{"time":"2026-11-22T15:00:00Z","country":"DE","method":"GET","#
                + #""path":"/distfiles/0/file-1","outcome":"mirror","#
                + #""accessPoint":"alpha.example-https"}"#,
            #"{"time":"2026-11-22T15:10:00Z","country":"FR","method":"GET","#
                + #""path":"/distfiles/0/file-2","outcome":"mirror","#
                + #""accessPoint":"alpha.example-https","#
                + #""passedOver":["beta.example-https","gone.example-http",7]}"#,
            #"{"time":"2026-11-22T16:10:00Z","method":"GET","path":"/x","#
                + #""outcome":"fallback","reason":"unknown-path"}"#,
            "no line",
        ]
        try folder.write(lines.joined(separator: "\n"), to: "log")
        let log = folder.appending("log")
        let text = try deployment().run("traffic", log).text
        #expect(text.contains("alpha.example"))
        // An access point that is no longer listed counts under its own id.
        #expect(text.contains("PASSED OVER"))
        let columns = text.split(separator: "\n").map { $0.split(separator: " ") }
        #expect(columns.first { $0.first == "alpha.example" }?.last == "0")
        let beta = columns.first { $0.first?.hasPrefix("beta.example") == true }
        #expect(beta?.last == "1", "\(text)")
        #expect(columns.first { $0.first == "gone.example-http" }?.last == "1", "\(text)")
        #expect(text.contains("3 requests, 20 bytes; 1 lines are not of LOG_REQUESTS"))
        #expect(try deployment().run("traffic", log, "--by", "country").text.contains("(unknown)"))
        #expect(
            try deployment().run("traffic", log, "--by=hour").text
                .split(separator: "\n")[1].hasPrefix("2026-11-22T15")
        )
    }

    @Test func trafficNamesThoseWhoseClientsComeBackToTheChecker() throws {
        let folder = try TemporaryFolder("traffic")
        let line =
            #"{"time":"2026-11-22T15:10:00Z","method":"GET","path":"/x","outcome":"mirror","#
            + #""accessPoint":"alpha.example-https","#
            + #""passedOver":["beta.example-https","gone.example-http"]}"#
        try folder.write(Array(repeating: line, count: 5).joined(separator: "\n"), to: "log")
        let (log, deployment) = (folder.appending("log"), try deployment())
        let key = try BlobKey(Suspects.key)
        _ = try deployment.run("traffic", log)
        #expect(deployment.store.get(key) == nil)
        let text = try deployment.run("traffic", log, "--suspects").text
        #expect(text.hasSuffix("asked first for a day: beta.example"), "\(text)")
        let blob = try #require(deployment.store.get(key))
        let suspects = try Suspects(json: JSONValue(parsing: blob.bytes))
        #expect(suspects.mirrors == ["beta.example"])
        #expect(suspects.mirrors(now: Timestamp.now.secondsSinceEpoch) == ["beta.example"])
        #expect(throws: FunctionError.self) {
            try deployment.run("traffic", log, "--suspects", "--by", "hour")
        }
        // Later logs without retries take it back.
        try folder.write("", to: "log")
        let none = try deployment.run("traffic", log, "--suspects").text
        #expect(none.hasSuffix("asked first for a day: none"), "\(none)")
    }

    @Test func refusesWrongArguments() throws {
        #expect(throws: FunctionError.badRequest("\"lst\" is not a verb: did you mean list?")) {
            try CommandArguments(["lst"])
        }
        #expect(throws: FunctionError.self) { try CommandArguments(["show"]) }
        #expect(throws: FunctionError.self) { try CommandArguments(["show", "a", "b"]) }
        #expect(throws: FunctionError.self) { try CommandArguments(["list", "--state", "fine"]) }
        #expect(throws: FunctionError.self) { try CommandArguments(["list", "--wrong"]) }
        #expect(throws: FunctionError.self) { try CommandArguments(["list", "--json=1"]) }
        #expect(try CommandArguments(["--down", "--json"]).wantsJSON)
        #expect(try CommandArguments(["why", "a", "--", "--path"]).operands == ["a", "--path"])
    }

    @Test func namesOfForeignersCannotControlATerminal() throws {
        var deployment = try Deployment()
        try deployment.add("evil")
        let name = "a\u{1B}[2J\u{9B}31m\u{202E}b"
        let list = MirrorList(mirrors: [
            Mirror(
                id: "evil",
                name: name,
                country: try #require(CountryCode("DE")),
                region: "europe",
                accessPoints: []
            )
        ])
        try deployment.store.put(BlobKey("mirrors.json"), list.json.serialized())
        let text = try deployment.run("show", "evil").text
        #expect(!text.unicodeScalars.contains { $0.value == 0x1B || $0.value == 0x9B })
        #expect(!text.contains("\u{202E}"))
    }
}
