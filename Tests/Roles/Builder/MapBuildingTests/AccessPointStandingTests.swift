import Catalogs
import CheckStates
import HealthFormat
import HealthStorage
import JSON
import MapBuilding
import Mirrors
import ObjectStorage
import RunRecords
import TestSupport
import Testing
import Time

@Suite struct AccessPointStandingTests {
    private let store = InMemoryStore()
    private let id = "a-https"
    private static let day: Int64 = 86_400

    /// Deploys a hundred files, one for each day until today, and a mirror's observations of them.
    private func deploy(
        inSet isInSet: (Int) -> Bool = { _ in false },
        _ outcome: (Int) -> Observation.Outcome?
    ) throws {
        var catalog = Catalog(generation: try CatalogStore(store).current().generation + 1)
        for number in 0..<100 {
            let time = Timestamp.now.advanced(bySeconds: -Int64(99 - number) * Self.day)
            var file = ExpectedFile.make(
                "\(isInSet(number) ? "set/" : "")\(number)",
                modified: time
            )
            file.firstSeen = time
            catalog.append(file)
        }
        try store.publish(catalog)
        let point = AccessPoint(id: id, scheme: .https, baseURL: "https://a/")
        let mirror = Mirror(
            id: "a",
            name: "A",
            country: try #require(CountryCode("DE")),
            region: "europe",
            accessPoints: [point]
        )
        try store.publish([mirror])
        var state = CheckState(accessPointID: id, baseURL: point.baseURL)
        for id in catalog.ids {
            guard let outcome = outcome(Int(id.rawValue)) else { continue }
            state[id] = .make(outcome)
        }
        if state.count > 0 { try store.publish(state) }
    }

    /// What the report says of the access point.
    private func report() throws -> JSONObject {
        _ = try MapPublication(store: store, settings: .init(), now: .now).run()
        let blob = try #require(store.get(BlobKey("maps/europe.report.json")))
        guard case .object(let report) = try JSONValue(parsing: blob.bytes),
            case .array(let mirrors)? = report["mirrors"],
            case .object(let mirror)? = mirrors.first,
            case .array(let points)? = mirror["accessPoints"],
            case .object(let point)? = points.first
        else { return [:] }
        return point
    }

    private func note(_ answers: [String: Int]) throws {
        var line = CheckRecord.Line(id: id, at: .now)
        for (name, count) in answers { line.answers.add(name, count: count) }
        let record = CheckRecord(
            slot: "0",
            startedAt: .now,
            endedAt: .now,
            ending: "nothing due",
            generation: 1,
            lines: [line]
        )
        try store.note(record)
    }

    @Test func aMirrorThatRefusesEverythingRefusesUs() throws {
        try deploy { _ in .refused }
        #expect(try report()["problem"] == "refuses all files")
        try note(["403": 600])
        #expect(try report()["problem"] == "refuses us (403)")
        #expect(try report()["excluded"] == "nothingHeld")
    }

    @Test func aMirrorThatWasDownFromTheStartIsDown() throws {
        try deploy { _ in nil }
        #expect(try report()["excluded"] == "neverChecked")
        #expect(try report()["problem"] == nil)
        try HealthStore(store).update(now: .now) { health in
            health.probedAt = .now
            health.statuses[id] = Health.Status(outage: .refused, since: .now, checkedAt: .now)
        }
        let problem = try report()["problem"]
        guard case .string(let text)? = problem else {
            Issue.record("\(problem as Any)")
            return
        }
        #expect(text.hasPrefix("is down since 20"))
        #expect(text.hasSuffix("UTC: connection refused"))
    }

    @Test func aPortalIsNotItself() throws {
        try deploy { _ in .altered }
        try HealthStore(store).update(now: .now) { health in
            health.doubts[id] = Health.Doubt(reason: .notItself, since: .now, scope: .whole)
        }
        guard case .string(let text)? = try report()["problem"] else {
            Issue.record("no problem is reported")
            return
        }
        #expect(text.hasPrefix("is not itself since "))
    }

    static let files: [(outcome: Observation.Outcome?, problem: JSONValue?)] = [
        (.absent, "has none of the files"), (.unreachable, "gave no answer to what it was asked"),
        (.unknown, "has not been checked yet"), (.present, nil),
    ]

    /// No mirror is accused of anything that was not looked at.
    @Test(arguments: files)
    func anEmptyMirrorIsCalledSoOnlyWhereAllWasAsked(
        _ row: (outcome: Observation.Outcome?, problem: JSONValue?)
    ) throws {
        try deploy { _ in row.outcome }
        #expect(try report()["problem"] == row.problem)
        // One file that has not been asked for yet makes no mirror empty.
        try deploy { $0 == 7 ? .unknown : row.outcome }
        if row.outcome == .absent { #expect(try report()["problem"] == nil) }
    }

    @Test(arguments: [1, 12, 28])
    func aMirrorThatIsBehindIsCompleteUntilThen(days: Int) throws {
        try deploy { $0 < 100 - days ? .present : .absent }
        let last = Timestamp.now.advanced(bySeconds: -Int64(days) * Self.day)
        let end = (last.secondsSinceEpoch / Self.day + 1) * Self.day
        let expected = "\(Timestamp(secondsSinceEpoch: end))"
        // Up to a hundredth may be missing.
        #expect(try report()["completeUntil"] == (days == 1 ? nil : .string(expected)))
    }

    /// Files that have been there from the start, and are replaced under their names each day.
    @Test func aMirrorWithAnOldSetIsCompleteUntilItWasReplaced() throws {
        let classes = #"{"version":1,"sets":[{"folder":"set","names":["*"]}]}"#
        try store.put(BlobKey("classes.json"), Array(classes.utf8))
        try deploy(inSet: { $0 < 20 || $0 == 99 }) { $0 == 99 ? .stale : .present }
        let today = Timestamp.now.secondsSinceEpoch / Self.day * Self.day
        #expect(try report()["completeUntil"] == .string("\(Timestamp(secondsSinceEpoch: today))"))
    }

    @Test func aMirrorThatLacksFilesOfAllTimesIsNotBehind() throws {
        try deploy { $0 % 10 == 9 ? .absent : .present }
        #expect(try report()["completeUntil"] == nil)
        try deploy { $0 < 50 || $0 % 2 == 0 ? .present : .absent }
        #expect(try report()["completeUntil"] == nil)
        try deploy { _ in .present }
        #expect(try report()["completeUntil"] == nil)
    }
}
