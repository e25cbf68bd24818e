import Events
import FunctionRuntime
import JSON
import MapBuilding
import ObjectStorage
import RunRecords
import TestSupport
import Testing
import Time

/// One request from its JSON to what is stored.
@Suite struct BuilderRequestTests {
    private let folder: TemporaryFolder
    private let store: FileStore
    private let deployment: BuilderDeployment

    init() throws {
        folder = try TemporaryFolder("builder-request")
        store = FileStore(folder: folder.path)
        deployment = try BuilderDeployment()
    }

    private func request(
        _ object: JSONObject = [:],
        _ variables: [String: String] = [:]
    ) throws -> BuilderRequest {
        var variables = variables
        variables["STORAGE_URL"] = "file://\(folder.path)"
        var fields = try JSONFields(.object(object))
        let request = try BuilderRequest(&fields, Environment(variables), now: .now)
        try fields.finish()
        return request
    }

    private func settings(
        _ object: JSONObject = [:],
        _ variables: [String: String] = [:]
    ) throws -> MapPublication.Settings {
        guard case .build(let publication) = try request(object, variables).work else {
            throw FunctionError.failed("this is no build")
        }
        return publication.settings
    }

    /// Stores what builds read where the environment says.
    private func deploy(pathCount: Int = 10) throws {
        try deployment.deploy(pathCount: pathCount)
        for key in deployment.store.list(prefix: "") {
            try store.put(key, #require(deployment.store.get(key)).bytes)
        }
    }

    @Test func withoutFieldsAllIsAsTheHelpSays() throws {
        let settings = try settings()
        #expect(settings.regions == nil)
        #expect(settings.maximumAge == 14 * 86_400)
        #expect(settings.removedSeconds == 14 * 86_400)
        #expect(settings.rails.lossLimitPercent == 20)
        #expect(settings.rails.exclusionLimitPercent == 20)
        #expect(!settings.showsFolders)
        #expect(!settings.allowsShrink)
        #expect(!settings.isDryRun)
    }

    @Test func eachFieldIsUnderstood() throws {
        #expect(try settings(["regions": ["europe", "asia"]]).regions == ["europe", "asia"])
        #expect(try settings(["maximumAgeDays": 365]).maximumAge == 365 * 86_400)
        #expect(try settings(["dryRun": true]).isDryRun)
        #expect(try settings(["allowShrink": true]).allowsShrink)
        #expect(try settings(["lossLimitPercent": 0]).rails.lossLimitPercent == 0)
        #expect(try settings(["exclusionLimitPercent": 100]).rails.exclusionLimitPercent == 100)
    }

    @Test func eachVariableIsUnderstood() throws {
        let variables = ["MAXIMUM_AGE_DAYS": "3", "REMOVED_DAYS": "0", "BROWSE": "on"]
        let settings = try settings([:], variables)
        #expect(settings.maximumAge == 3 * 86_400)
        #expect(settings.removedSeconds == 0)
        #expect(settings.showsFolders)
        #expect(try self.settings(["maximumAgeDays": 5], variables).maximumAge == 5 * 86_400)
    }

    @Test(
        arguments: [
            (["regions": "europe"], "\"regions\""), (["regions": [1]], "\"regions\""),
            (["maximumAgeDays": 0], "\"maximumAgeDays\""),
            (["maximumAgeDays": 366], "\"maximumAgeDays\""),
            (["dryRun": "true"], "\"dryRun\""), (["allowShrink": 1], "\"allowShrink\""),
            (["lossLimitPercent": 101], "\"lossLimitPercent\""),
            (["exclusionLimitPercent": -1], "\"exclusionLimitPercent\""),
            (["rollback": true], "\"rollback\""), (["region": "europe"], "\"region\""),
        ] as [(JSONObject, String)]
    )
    func aBadFieldIsNamed(_ object: JSONObject, _ name: String) throws {
        let error = try #require(throws: JSONError.self) { try request(object) }
        #expect(error.description.contains(name), "\(error)")
    }

    @Test(
        arguments: [
            ("MAXIMUM_AGE_DAYS", "366"), ("REMOVED_DAYS", "-1"), ("BROWSE", "yes"),
            ("RUN_INTERVAL_SECONDS", "a minute"),
        ]
    )
    func aBadVariableIsNamed(_ name: String, _ value: String) throws {
        let error = try #require(throws: FunctionError.self) { try request([:], [name: value]) }
        #expect(error.exitStatus == 2)
        #expect(error.description.hasPrefix("\(name): "), "\(error)")
    }

    @Test(
        arguments: [
            "regions", "maximumAgeDays", "dryRun", "allowShrink", "lossLimitPercent",
            "exclusionLimitPercent",
        ]
    )
    func aRollbackIsRequestedAlone(_ other: String) throws {
        guard case .rollback(let rollback) = try request(["rollback": "europe"]).work else {
            Issue.record("this is no rollback")
            return
        }
        #expect(rollback.region == "europe")
        var object: JSONObject = ["rollback": "europe"]
        object[other] = true
        let error = try #require(throws: JSONError.self) { try request(object) }
        #expect(error.description.contains("\"\(other)\""), "\(error)")
    }

    @Test func aRefusedMapHasTheExitStatusOfAGuardRail() throws {
        try deploy()
        _ = try request().run()
        try deploy(pathCount: 5)
        let error = try #require(throws: FunctionError.self) { try request().run() }
        #expect(error.exitStatus == 4)
        #expect(error.isRefusal)
        #expect(error.description.contains("\"allowShrink\": true"), "\(error)")
        #expect(try store.runRecord(of: .builder)?.exit == 4)
        _ = try request(["allowShrink": true]).run()
        #expect(try store.runRecord(of: .builder)?.exit == 0)
    }

    @Test(
        arguments: [
            ["regions": ["atlantis"]], ["regions": ["atlantis"], "dryRun": true],
            ["rollback": "atlantis"],
        ] as [JSONObject]
    )
    func aRegionThatDoesNotExistIsABadRequest(_ object: JSONObject) throws {
        try deploy()
        let error = try #require(throws: FunctionError.self) { try request(object).run() }
        #expect(error.exitStatus == 2)
        #expect(error.description.contains("there is no region \"atlantis\""), "\(error)")
    }

    /// `Function` gives other errors the exit status 1.
    @Test func aRollbackWithoutAPreviousMapFails() throws {
        try deploy()
        #expect(throws: MapBuildingError.noMap(name: "maps/europe.previous.map")) {
            try request(["rollback": "europe"]).run()
        }
    }

    @Test func onlyABuildThatPublishesCountsAsAScheduledRun() throws {
        try deploy()
        _ = try request(["dryRun": true]).run()
        #expect(throws: JSONError.self) { try request(["dryRun": 1]) }
        #expect(try store.runRecords().isEmpty)
        #expect(try store.list(prefix: "maps/").isEmpty)
        _ = try request().run()
        let record = try #require(try store.runRecord(of: .builder))
        #expect(record.succeeded)
        try deploy(pathCount: 11)
        _ = try request().run()
        let before = try #require(try store.runRecord(of: .builder))
        _ = try request(["rollback": "europe"]).run()
        #expect(try store.runRecord(of: .builder) == before)
    }

    @Test func aRollbackIsAnEvent() throws {
        try deploy()
        _ = try request().run()
        try deploy(pathCount: 11)
        _ = try request().run()
        #expect(try rollbacks().isEmpty)
        _ = try request(["rollback": "europe"]).run()
        #expect(try rollbacks().map(\.subject) == ["europe"])
    }

    private func rollbacks() throws -> [Event] {
        try store.list(prefix: "events/").flatMap { key in
            EventLines(decoding: try #require(try store.get(key)).bytes).events
        }.filter { $0.kind == .rolledBack }
    }
}
