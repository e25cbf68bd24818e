import HealthFormat
import MapHolds
import Mirrors
import ObjectStorage
import RunRecords
import SampleDeployment
import StatusFacts
import Testing
import TestSupport
import Time

@Suite struct DiagnosisTests {
    private static let functions = [
        "leader", "checker-probe", "checker", "builder", "status", "storage-clean",
    ]

    /// A deployment with nothing wrong.
    private func healthy() throws -> Deployment {
        var deployment = try Deployment()
        for number in 0..<6 { try deployment.add("m\(number)") }
        for function in Self.functions {
            try deployment.note(run: function)
        }
        for region in try deployment.facts().regions {
            try deployment.store.put(BlobKey("maps/\(region.id).map"), [1])
            try deployment.store.put(
                BlobKey("maps/\(region.id).report.json"),
                Array(#"{"version":1,"builtAt":"2026-11-22T15:40:00Z","mirrors":[]}"#.utf8)
            )
        }
        return deployment
    }

    @Test func nothingWrongIsFine() throws {
        let diagnosis = Diagnosis(try healthy().facts())
        #expect(diagnosis.level == .ok, "\(diagnosis.findings)")
    }

    @Test(arguments: Self.functions)
    func aFunctionThatStoppedIsNamed(_ function: String) throws {
        let deployment = try healthy()
        try deployment.note(run: function, secondsAgo: 3 * 600 + 200)
        let diagnosis = Diagnosis(try deployment.facts())
        #expect(diagnosis.level == .warning)
        #expect(diagnosis.findings.filter { $0.level != .ok }.map(\.part) == [function])
    }

    @Test func housekeepingThatNeverRanIsNamed() throws {
        let deployment = try healthy()
        try deployment.store.delete(BlobKey("runs/storage-clean.json"))
        let diagnosis = Diagnosis(try deployment.facts())
        #expect(diagnosis.level == .ok)
        let unknown = diagnosis.findings.filter { $0.level == .unknown }
        #expect(unknown.map(\.part) == ["storage-clean"])
    }

    @Test func whatARunWarnedOfIsNamed() throws {
        let deployment = try healthy()
        try deployment.note(run: "checker", warnings: ["CHECK_CONTACT is not set"])
        let diagnosis = Diagnosis(try deployment.facts())
        #expect(diagnosis.level == .warning)
        let wrong = diagnosis.findings.filter { $0.level != .ok }
        #expect(wrong.map(\.text) == ["CHECK_CONTACT is not set"])
    }

    @Test func aLeaderThatRefusedATreeIsNamedEvenWhenItIsLate() throws {
        for secondsAgo: Int64 in [30, 7200] {
            let deployment = try healthy()
            try deployment.note(
                run: "leader",
                secondsAgo: secondsAgo,
                refused: ["tree": "11 % of the files are gone"],
                exit: 3,
                error: "11 % of the files are gone"
            )
            let diagnosis = Diagnosis(try deployment.facts())
            let wrong = diagnosis.findings.filter { $0.level != .ok }
            #expect(wrong.map(\.part) == ["leader"])
            #expect(wrong.first?.text == "refused: 11 % of the files are gone")
            #expect(wrong.first?.remedy.contains("allowShrink") == true)
        }
    }

    @Test func aBuilderThatFailedForOneRegionIsNamedBesideARefusedMap() throws {
        let deployment = try healthy()
        try deployment.note(run: "builder", refused: ["europe": "it lost 40 %"], exit: 1)
        let wrong = Diagnosis(try deployment.facts()).findings.filter { $0.level != .ok }
        #expect(wrong.map(\.part) == ["builder", "guard rails"])
    }

    @Test func severalDamagedBlobsAreCounted() throws {
        var facts = try healthy().facts()
        facts.problems = ["a", "b", "c"].map { .init(key: $0, text: "damaged") }
        let finding = try #require(
            Diagnosis(facts).findings.first { $0.part == "storage" }
        )
        #expect(finding.text == "a: damaged (and 2 more)")
    }

    @Test func aRefusedMapIsNamed() throws {
        let deployment = try healthy()
        try deployment.note(
            run: "builder",
            refused: ["europe": "it lost 40 % of its paths"],
            exit: 4
        )
        let diagnosis = Diagnosis(try deployment.facts())
        let wrong = diagnosis.findings.filter { $0.level != .ok }
        #expect(wrong.map(\.part) == ["guard rails"])
        #expect(wrong.first?.text.contains("europe") == true)
    }

    @Test func whatCannotBeReadIsCriticalAndWhatOperatorsWroteAWarning() throws {
        let deployment = try healthy()
        try deployment.store.put(BlobKey("overrides.json"), Array(#"{"m0":{"wieght":5}}"#.utf8))
        #expect(Diagnosis(try deployment.facts()).level == .warning)
        try deployment.store.put(BlobKey("health"), [1, 2, 3])
        #expect(Diagnosis(try deployment.facts()).level == .critical)
    }

    /// Two more probes may fail until redirectors ignore the latest one.
    @Test(
        arguments: [
            (300, nil, .ok), (301, nil, .warning), (900, nil, .warning), (901, nil, .critical),
            (1200, 3600, .ok), (1201, 3600, .warning), (3601, 3600, .critical),
        ] as [(Int64, Int64?, Diagnosis.Level)]
    )
    func theAgeOfAProbeIsJudgedByTheSetting(
        age: Int64,
        maximumAge: Int64?,
        level: Diagnosis.Level
    ) throws {
        var facts = try healthy().facts()
        facts.probedAt = facts.now.advanced(bySeconds: -age)
        let diagnosis = Diagnosis(facts, healthMaximumAge: maximumAge)
        let finding = try #require(diagnosis.findings.first { $0.part == "health" })
        #expect(finding.level == level, "\(finding)")
    }

    @Test func manyMirrorsDownAreNoticed() throws {
        var deployment = try healthy()
        for number in 0..<3 { try deployment.add("d\(number)", status: .down(.timedOut)) }
        let diagnosis = Diagnosis(try deployment.facts())
        #expect(diagnosis.findings.filter { $0.level == .warning }.map(\.part) == ["mirrors"])
    }

    @Test func certificatesThatEndSoonAreNamedAndNoWarning() throws {
        var deployment = try healthy()
        func certificate(days: Int64) -> Health.Status {
            Health.Status(
                since: .ago(hours: 50),
                checkedAt: .now,
                certificateEnd: .now.advanced(bySeconds: days * 86_400)
            )
        }
        func finding() throws -> Diagnosis.Finding? {
            let diagnosis = Diagnosis(try deployment.facts())
            #expect(diagnosis.level == .ok)
            return diagnosis.findings.first { $0.part == "certificates" }
        }
        #expect(try finding() == nil)
        try deployment.add("later", status: certificate(days: 60))
        #expect(try finding()?.text == "the first ends 2027-01-21 15:47, of later")
        try deployment.add("soon", status: certificate(days: 6))
        #expect(try finding()?.text == "1 ends within 7 days: soon 2026-11-28 15:47")
    }

    /// Deployments in which all that a diagnosis can find is wrong.
    private func unhealthy() throws -> [DeploymentFacts] {
        var down = try Deployment()
        for number in 0..<3 { try down.add("d\(number)", status: .down(.timedOut)) }
        try down.store.put(BlobKey("overrides.json"), Array(#"{"m0":{"wieght":5}}"#.utf8))
        let withoutRuns = try down.facts()

        var stopped = try healthy()
        try stopped.note(run: "leader", secondsAgo: 3 * 600 + 200)
        try stopped.note(run: "checker", warnings: ["CHECK_CONTACT is not set"])
        try stopped.note(run: "builder", refused: ["europe": "it lost 40 % of its paths"])
        try stopped.note(run: "status", exit: 1)
        try stopped.touch(at: .now.advanced(bySeconds: -1000))
        try stopped.store.put(
            MapHold(since: .now.advanced(bySeconds: -60), reason: "storm"),
            of: "europe"
        )

        var disabled = try Deployment()
        try disabled.add("m0", isEnabled: false)
        try disabled.touch(at: .now.advanced(bySeconds: -400))
        try disabled.store.put(BlobKey("health"), [1, 2, 3])
        let unreadable = try disabled.facts()
        return [
            withoutRuns, try stopped.facts(), unreadable,
            try FactsReader(store: InMemoryStore(), now: .now).facts(),
        ]
    }

    @Test func everyFindingSaysWhatToDo() throws {
        var parts: Set<String> = []
        for facts in try unhealthy() {
            for finding in Diagnosis(facts).findings where finding.level != .ok {
                #expect(!finding.remedy.isEmpty, "\(finding)")
                parts.insert(finding.part)
            }
        }
        let expected: Set = [
            "storage", "catalog", "leader", "checker", "builder", "status", "checker-probe", "maps",
            "health", "guard rails", "mirrors", "configuration",
        ]
        #expect(parts.isSuperset(of: expected), "\(expected.subtracting(parts))")
    }

    @Test func anEmptyStoreHasNothingToDownloadFrom() throws {
        let facts = try FactsReader(store: InMemoryStore(), now: .now).facts()
        #expect(Diagnosis(facts).level == .critical)
    }

    @Test func durationsAreSaidInTheUnitThatFits() {
        #expect(Int64(45).durationText == "45 s")
        #expect(Int64(600).durationText == "10 min")
        #expect(Int64(7200).durationText == "2 h")
        #expect(Int64(200_000).durationText == "2 d 7 h")
    }
}

extension Deployment {
    /// Leaves the heartbeat of a function that runs every ten minutes.
    func note(
        run name: String,
        secondsAgo: Int64 = 30,
        refused: [Region.ID: String] = [:],
        warnings: [String] = [],
        exit: Int = 0,
        error: String? = nil
    ) throws {
        let time = Timestamp.now.advanced(bySeconds: -secondsAgo)
        let role = try #require(RunRecord.Role(rawValue: name))
        try store.note(role) { _ in
            RunRecord(
                role,
                program: "1",
                startedAt: time,
                endedAt: time,
                exit: exit,
                error: error,
                intervalSeconds: 600,
                refusals: refused.mapValues { .init(reason: $0, since: time, loggedAt: time) },
                warnings: warnings
            )
        }
    }
}
