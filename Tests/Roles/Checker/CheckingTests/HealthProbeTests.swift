import Catalogs
import CheckPlanning
import CheckStates
import Checking
import HealthFormat
import Mirrors
import Testing
import Time

@Suite struct HealthProbeTests {
    let clock = ManualClock()
    let catalog = Catalog.make(files: (0..<12).map { ("f\($0)", 1, 0) })
    static let there = Reply.answered(status: 200, byteCount: 10)
    static let missing = Reply.answered(status: 404, byteCount: nil)

    /// The result for one access point that replies according to `script`, and the questions to it.
    func probe(
        files: [FileID] = [FileID(0), FileID(1)],
        returnSample: [FileID] = [],
        until deadline: Double = 60,
        script: @escaping (Question) -> Reply
    ) -> (result: HealthProbe.Result?, questions: [Question.Subject]) {
        let transport = ScriptedTransport(clock: clock, secondsPerAnswer: 0.02, script: script)
        let target = HealthProbe.Target(
            number: 0,
            id: "m",
            files: files,
            returnSample: returnSample
        )
        let probe = HealthProbe(
            targets: [target],
            catalog: catalog,
            transport: transport,
            clock: clock
        )
        return (probe.run(until: deadline)["m"], transport.asked.map(\.subject))
    }

    @Test func oneFileThatIsThereIsEnough() {
        let (result, questions) = probe { _ in Self.there }
        #expect(result == HealthProbe.Result(latencyMilliseconds: 20))
        #expect(questions == [.knownFile(FileID(0))])
    }

    @Test func aMissingFileIsEvidenceWhereAnotherIsThere() {
        let (result, questions) = probe { question in
            question.subject == .knownFile(FileID(0)) ? Self.missing : Self.there
        }
        #expect(result?.isUp == true)
        #expect(result?.evidence == [Health.Evidence(fileID: 0, outage: .status(404))])
        #expect(result?.hasReturnedOlder == false)
        #expect(questions.count == 2)
    }

    @Test func isDownWhereNoneOfEightIsThere() {
        let (result, questions) = probe(files: (0..<8).map { FileID($0) }) { question in
            question.subject == .knownFile(FileID(0))
                ? .answered(status: 403, byteCount: nil) : Self.missing
        }
        #expect(result?.outage == .status(403))
        #expect(result?.detail == "403 for f0")
        #expect(result?.evidence == [])
        #expect(questions == (0..<8).map { .knownFile(FileID($0)) })
    }

    @Test func oneSilenceIsForgiven() {
        var isFirst = true
        let (result, questions) = probe { _ in
            defer { isFirst = false }
            return isFirst ? .failed(reason: "timed out") : Self.there
        }
        #expect(result?.isUp == true)
        #expect(questions.count == 2)
    }

    @Test func twoSilencesAreDown() {
        let (result, questions) = probe { _ in .failed(reason: "port 80", outage: .refused) }
        #expect(result == HealthProbe.Result(outage: .refused, detail: "port 80"))
        #expect(questions.count == 2)
    }

    @Test(arguments: [
        (status: 200, isUp: true), (403, true), (404, true), (500, false), (503, false),
    ])
    func theBaseURLDecidesWhereNoFileIsKnown(status: Int, isUp: Bool) {
        let (result, questions) = probe(files: []) { _ in
            .answered(status: status, byteCount: nil)
        }
        #expect(result?.isUp == isUp)
        #expect(Set(questions) == [.base])
    }

    @Test func aHostThatWantsFewerQuestionsIsUp() {
        let (result, _) = probe { _ in .answered(status: 429, byteCount: nil) }
        #expect(result?.isUp == true)
        #expect(result?.wantsPause == true)
    }

    @Test func anotherLengthIsNotTheFile() {
        let (result, _) = probe { _ in .answered(status: 200, byteCount: 11) }
        #expect(result?.outage == .wrongLength)
        #expect(result?.detail == "another length for f0")
    }

    // MARK: - Access points that come back

    @Test func aMirrorThatComesBackShowsItsFilesBeforeItIsUp() {
        let sample = (2..<12).map { FileID($0) }
        let (well, questions) = probe(returnSample: sample) { _ in Self.there }
        #expect(well?.isUp == true)
        #expect(well?.hasReturnedOlder == false)
        #expect(questions.count == 11)
        let (older, _) = probe(returnSample: sample) { question in
            question.subject == .knownFile(FileID(4)) ? Self.missing : Self.there
        }
        #expect(older?.isUp == true)
        #expect(older?.hasReturnedOlder == true)
        #expect(older?.evidence.map(\.fileID) == [4])
    }

    @Test func aMirrorThatCannotShowThemInTimeIsNotUpYet() {
        let (result, _) = probe(
            returnSample: (2..<12).map { FileID($0) },
            until: clock.elapsed + 0.1
        ) { _ in Self.there }
        #expect(result?.outage == .unverified)
    }

    // MARK: - Twins

    /// The results of two URLs of one tree, the second being the spare, and the access points
    /// asked.
    func probeTwins(
        script: @escaping (Question) -> Reply
    ) -> (results: [AccessPoint.ID: HealthProbe.Result], asked: [AccessPointNumber]) {
        let transport = ScriptedTransport(clock: clock, script: script)
        let probe = HealthProbe(
            targets: [
                HealthProbe.Target(number: 0, id: "m-http", files: [FileID(0)]),
                HealthProbe.Target(number: 1, id: "m-https", files: [FileID(1)], spareOf: 0),
            ],
            catalog: catalog,
            transport: transport,
            clock: clock
        )
        return (probe.run(until: 60), transport.asked.map(\.accessPoint))
    }

    @Test func theSpareIsAskedOnlyWhereTheOtherOneIsDown() {
        let (well, asked) = probeTwins { _ in Self.there }
        #expect(asked == [0])
        #expect(well.mapValues(\.isUp) == ["m-http": true])
        let (down, others) = probeTwins { question in
            question.accessPoint == 0 ? .failed(reason: "refused") : Self.there
        }
        #expect(others == [0, 0, 1])
        #expect(down.mapValues(\.isUp) == ["m-http": false, "m-https": true])
    }

    // MARK: - Effects on health

    static let start = ManualClock.start

    func update(
        _ health: inout Health,
        _ results: [AccessPoint.ID: HealthProbe.Result],
        existing: Set<AccessPoint.ID> = ["m", "n"],
        after seconds: Int64
    ) {
        health.update(
            with: results,
            existing: existing,
            now: Self.start.advanced(bySeconds: seconds),
            nameHashes: { $0.map { UInt64($0.rawValue) } }
        )
    }

    @Test func keepsSinceUntilTheStatusChanges() throws {
        var health = Health()
        func update(_ isUp: Bool, after seconds: Int64) {
            self.update(
                &health,
                ["m": HealthProbe.Result(outage: isUp ? nil : .timedOut)],
                after: seconds
            )
        }
        update(true, after: 0)
        health.statuses["n"] = health.statuses["m"]
        health.statuses["gone"] = health.statuses["m"]
        update(true, after: 60)
        #expect(health.statuses["m"]?.since == Self.start)
        #expect(health.statuses["m"]?.checkedAt == Self.start.advanced(bySeconds: 60))
        update(false, after: 120)
        #expect(health.statuses["m"]?.since == Self.start.advanced(bySeconds: 120))
        // An access point that was not probed is kept; one that is no longer listed is dropped.
        #expect(health.statuses["n"]?.checkedAt == Self.start)
        #expect(health.statuses.count == 2)
    }

    func evidence(_ files: UInt32...) -> [Health.Evidence] {
        files.map { Health.Evidence(fileID: $0, outage: .status(404)) }
    }

    @Test func whatIsMissingIsDoubtedUntilACheckHasHeardOfIt() throws {
        var health = Health()
        update(&health, ["m": HealthProbe.Result(evidence: evidence(3))], after: 0)
        update(&health, ["m": HealthProbe.Result(evidence: evidence(3, 5))], after: 60)
        var doubt = try #require(health.doubts["m"])
        #expect(doubt.awaitsCheck && doubt.covers(3) && doubt.covers(5))
        #expect(doubt.evidence == evidence(3, 5))
        #expect(doubt.since == Self.start.advanced(bySeconds: 60))
        // A check that doubts the access point is responsible for it.
        doubt.awaitsCheck = false
        health.doubts["m"] = doubt
        update(&health, ["m": HealthProbe.Result(evidence: evidence(7))], after: 120)
        #expect(health.doubts["m"] == doubt)
        // An older tree is doubted, whatever was known before.
        let older = HealthProbe.Result(evidence: evidence(9), hasReturnedOlder: true)
        update(&health, ["m": older], after: 180)
        #expect(health.doubts["m"]?.scope == .whole)
        #expect(health.doubts["m"]?.reason == .returned)
        #expect(health.doubts["m"]?.awaitsCheck == true)
    }

    @Test func whatWentDownTogetherWasOurNetwork() {
        var health = Health()
        let ids = (0..<20).map { "m\($0)" }
        let existing = Set(ids)
        func update(downCount: Int, after seconds: Int64) {
            let results = ids.enumerated().map { number, id in
                (id, HealthProbe.Result(outage: number < downCount ? .timedOut : nil))
            }
            self.update(
                &health,
                Dictionary(uniqueKeysWithValues: results),
                existing: existing,
                after: seconds
            )
        }
        update(downCount: 0, after: 0)
        update(downCount: 1, after: 60)
        #expect(health.downWithOthers == [])
        update(downCount: 5, after: 600)
        #expect(health.downWithOthers == [])
        // Four went down after the first, which did so alone.
        update(downCount: 6, after: 660)
        #expect(health.downWithOthers == ["m1", "m2", "m3", "m4", "m5"])
    }

    @Test func knowsFilesThatWereProvenLastAndAreStillExpected() {
        let now = ManualClock.start
        var catalog = Catalog.make(files: [("a", 1, 0), ("b", 1, 0)])
        catalog.append(.make("changed", changedIn: 9))
        catalog.append(.make("gone", removed: now))
        catalog.append(.make("folder", byteCount: nil))
        catalog.append(.make("absent"))
        var state = CheckState.make()
        for id in catalog.ids {
            state[id] = Observation.make(
                .present,
                askedSecondsAgo: 100 - Int64(id.rawValue),
                generation: 1
            )
        }
        state[FileID(5)].outcome = .absent
        #expect(state.knownFiles(in: catalog, count: 2) == [FileID(1), FileID(0)])
        #expect(state.knownFiles(in: catalog, count: 1) == [FileID(1)])
    }
}
