import FunctionRuntime
import JSON
import ObjectStorage
import RunRecords
import SampleDeployment
import StatusPages
import TestSupport
import Testing
import Time

/// One request from its JSON to what is stored.
@Suite struct StatusRequestTests {
    private let folder: TemporaryFolder
    private let store: FileStore

    init() throws {
        folder = try TemporaryFolder("status-request")
        store = FileStore(folder: folder.path)
    }

    private func request(
        _ object: JSONObject = [:],
        _ variables: [String: String] = [:]
    ) throws -> StatusRequest {
        var variables = variables
        variables["STORAGE_URL"] = "file://\(folder.path)"
        var fields = try JSONFields(.object(object))
        let request = try StatusRequest(&fields, Environment(variables), now: .now)
        try fields.finish()
        return request
    }

    /// Stores a deployment with one mirror where the environment says.
    private func deploy() throws {
        var deployment = try Deployment()
        try deployment.add("up.example")
        for key in deployment.store.list(prefix: "") {
            try store.put(key, #require(deployment.store.get(key)).bytes)
        }
    }

    @Test func withoutFieldsAndVariablesThePagesArePublishedWithTheDefaults() throws {
        let request = try request()
        #expect(request.mirror == nil)
        #expect(request.settings == StatusSettings())
    }

    @Test func eachVariableIsUnderstood() throws {
        let settings = try request(
            [:],
            [
                "STATUS_TITLE": "Test mirrors", "STATUS_CONTACT": "admin@example.org",
                "STATUS_LISTS": "7", "STATUS_URL": "https://example.org/_/status",
                "RUN_INTERVAL_SECONDS": "60",
            ]
        ).settings
        var expected = StatusSettings()
        expected.title = "Test mirrors"
        expected.contact = "admin@example.org"
        expected.listLimit = 7
        expected.url = "https://example.org/_/status/"
        expected.intervalSeconds = 60
        #expect(settings == expected)
    }

    @Test func aURLKeepsItsTrailingSlash() throws {
        let url = "https://example.org/_/status/"
        #expect(try request([:], ["STATUS_URL": url]).settings.url == url)
    }

    @Test(
        arguments: [
            (["mirror": 1], "\"mirror\""), (["mirrors": "up.example"], "\"mirrors\""),
        ] as [(JSONObject, String)]
    )
    func aBadFieldIsNamed(_ object: JSONObject, _ name: String) throws {
        let error = try #require(throws: JSONError.self) { try request(object) }
        #expect(error.description.contains(name), "\(error)")
    }

    @Test(
        arguments: [
            ("STATUS_LISTS", "0"), ("MAXIMUM_AGE_DAYS", "366"), ("RUN_INTERVAL_SECONDS", "often"),
            ("STATUS_WEBHOOK", "chat.example.org"), ("STATUS_NOTICES", "down"),
        ]
    )
    func aBadVariableIsNamed(_ name: String, _ value: String) throws {
        let error = try #require(throws: FunctionError.self) { try request([:], [name: value]) }
        #expect(error.exitStatus == 2)
        #expect(error.description.hasPrefix(name), "\(error)")
    }

    @Test func aPublicationCountsAsAScheduledRun() throws {
        try deploy()
        guard case .object(let figures) = try request().run() else {
            Issue.record("no figures")
            return
        }
        #expect(figures["mirrors"] == 1)
        #expect(figures["notices"] == nil)
        #expect(try store.get(BlobKey("status/index.html")) != nil)
        #expect(try store.runRecord(of: .status)?.succeeded == true)
    }

    @Test func aWebhookIsToldOnlyWhereThereIsOne() throws {
        try deploy()
        let variables = ["STATUS_WEBHOOK": "https://chat.example.org/hooks/x"]
        guard case .object(let figures) = try request([:], variables).run() else {
            Issue.record("no figures")
            return
        }
        #expect(figures["notices"] == 0)
    }

    @Test func aReportOnOneMirrorWritesNothing() throws {
        try deploy()
        let before = try store.list(prefix: "")
        guard case .object(let facts) = try request(["mirror": "up.example"]).run() else {
            Issue.record("no facts")
            return
        }
        #expect(facts["id"] == "up.example", "\(facts)")
        #expect(try store.list(prefix: "") == before)
    }

    @Test func aMirrorThatDoesNotExistIsABadRequest() throws {
        try deploy()
        let error = try #require(throws: FunctionError.self) {
            try request(["mirror": "gone.example"]).run()
        }
        #expect(error.exitStatus == 2)
        #expect(error.description.contains("\"gone.example\""), "\(error)")
        #expect(try store.runRecords().isEmpty)
    }
}
