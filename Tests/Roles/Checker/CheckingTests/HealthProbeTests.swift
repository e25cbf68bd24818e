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
    let catalog = Catalog.make(files: [("a", 1, 0), ("b", 1, 0)])

    /// The result for one access point that replies by `script`, and the questions it got.
    func probe(
        knownFiles: [FileID] = [FileID(0), FileID(1)],
        script: @escaping (Question) -> Reply
    ) -> (result: HealthProbe.Result?, questions: [Question.Subject]) {
        let transport = ScriptedTransport(clock: clock, secondsPerAnswer: 0.02, script: script)
        let probe = HealthProbe(
            targets: [HealthProbe.Target(index: 0, id: "m", knownFiles: knownFiles)],
            catalog: catalog,
            transport: transport,
            clock: clock
        )
        return (probe.run(until: 60)["m"], transport.asked.map(\.subject))
    }

    @Test func isUpWhenAKnownFileIsThere() {
        let (result, questions) = probe { question in
            question.subject == .base
                ? .answered(status: 403, byteCount: nil) : .answered(status: 200, byteCount: 10)
        }
        #expect(result == HealthProbe.Result(latencyMilliseconds: 20))
        #expect(questions == [.base, .knownFile(FileID(0))])
    }

    @Test func triesAnotherFileBeforeItIsDown() {
        let (up, _) = probe { question in
            question.subject == .knownFile(FileID(0))
                ? .answered(status: 404, byteCount: nil) : .answered(status: 200, byteCount: 10)
        }
        #expect(up?.isUp == true)
        let (down, _) = probe { question in
            question.subject == .base
                ? .answered(status: 200, byteCount: nil) : .answered(status: 404, byteCount: nil)
        }
        #expect(down?.isUp == false)
        #expect(down?.outage == .status(404))
        #expect(down?.detail == "404 for b")
    }

    @Test func oneSilenceIsForgiven() {
        var isFirst = true
        let (result, questions) = probe { _ in
            defer { isFirst = false }
            return isFirst ? .failed(reason: "timed out") : .answered(status: 200, byteCount: 10)
        }
        #expect(result?.isUp == true)
        #expect(questions.count == 3)
    }

    @Test func twoSilencesAreDown() {
        let (result, questions) = probe { _ in .failed(reason: "port 80", outage: .refused) }
        #expect(result == HealthProbe.Result(outage: .refused, detail: "port 80"))
        #expect(questions == [.base, .base])
    }

    @Test(arguments: [
        (status: 200, isUp: true), (403, true), (404, true), (500, false), (503, false),
    ])
    func theAnswerDecidesWhereNoFileIsKnown(status: Int, isUp: Bool) {
        let (result, _) = probe(knownFiles: []) { _ in .answered(status: status, byteCount: nil) }
        #expect(result?.isUp == isUp)
    }

    @Test func anotherLengthIsNotTheFile() {
        let (result, _) = probe { _ in .answered(status: 200, byteCount: 11) }
        #expect(result?.outage == .wrongLength)
        #expect(result?.detail == "another length (11 bytes) for b")
    }

    @Test func keepsSinceUntilTheStatusChanges() throws {
        let start = ManualClock.start
        var health = Health()
        func update(_ isUp: Bool, after seconds: Int64) {
            health.update(
                with: ["m": HealthProbe.Result(outage: isUp ? nil : .timedOut)],
                existing: ["m", "n"],
                now: start.advanced(bySeconds: seconds)
            )
        }
        update(true, after: 0)
        health.statuses["n"] = health.statuses["m"]
        health.statuses["gone"] = health.statuses["m"]
        update(true, after: 60)
        #expect(health.statuses["m"]?.since == start)
        #expect(health.statuses["m"]?.checkedAt == start.advanced(bySeconds: 60))
        update(false, after: 120)
        #expect(health.statuses["m"]?.since == start.advanced(bySeconds: 120))
        // Not probed: kept; no longer in the list: dropped.
        #expect(health.statuses["n"]?.checkedAt == start)
        #expect(health.statuses.count == 2)
    }

    @Test func knowsFilesThatWereProvenLastAndAreStillExpected() {
        let now = ManualClock.start
        var catalog = catalog
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
