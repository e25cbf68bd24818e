import Catalogs
import CheckPlanning
import Checking
import FunctionRuntime
import JSON
import Mirrors
import ObjectStorage
import TestSupport
import Testing

@Suite struct CheckRequestTests {
    static func request(
        _ text: String = "{}",
        _ environment: [String: String] = [:]
    ) throws -> CheckRequest {
        var fields = try JSONFields(JSONValue(parsing: text.utf8))
        let request = try CheckRequest(&fields, Environment(environment))
        try fields.finish()
        return request
    }

    @Test func theDefaultIsACheckOfEverythingInFourMinutes() throws {
        let request = try Self.request("{}", ["CHECK_CONTACT": "a@example.org"])
        var expected = CheckRequest()
        expected.settings.contact = "a@example.org"
        #expect(request == expected)
        #expect(request.mode == .check)
        #expect(request.settings.budgetSeconds == 240)
        #expect(request.settings.requestsPerSecond == 250)
        #expect(request.settings.connectionsPerHost == 4)
        #expect(request.settings.policy.recheckSeconds == 60)
    }

    @Test func hasTheDefaultsOfTheTable() throws {
        var values: [String: String] = [:]
        for setting in Setting.all(of: "checker") {
            if let value = setting.standardValue { values[setting.name] = value }
        }
        #expect(try Self.request("{}", values) == Self.request())
        #expect(values.count > 10)
    }

    /// A redirector of all regions and the checker beside it share their environment.
    @Test func standsInTheDefaultRegionWhereRedirectorsServeAll() throws {
        let values = ["REGION": "auto", "DEFAULT_REGION": "asia", "CHECK_REGIONS": "asia,europe"]
        let request = try Self.request("{}", values)
        #expect(request.from == "asia")
        #expect(request.share?.own == "asia")
    }

    @Test func theRequestOverridesTheEnvironment() throws {
        let environment = [
            "CHECK_MODE": "probe", "REGION": "asia", "CHECK_BUDGET_SECONDS": "10",
            "CHECK_RATE": "0", "CHECK_CONNECTIONS": "2", "RECHECK_AFTER_SECONDS": "0",
            "CHECK_PIPELINE": "0", "CHECK_CONTACT": "https://c.example/",
            "CHECK_LEASE_SECONDS": "7", "CHECK_SHRINK_PERCENT": "33", "CHECK_THROUGHPUT": "0",
        ]
        let byEnvironment = try Self.request("{}", environment)
        #expect(byEnvironment.mode == .probe)
        #expect(byEnvironment.region == nil)
        #expect(byEnvironment.from == "asia")
        #expect(byEnvironment.settings.budgetSeconds == 10)
        #expect(byEnvironment.settings.requestsPerSecond == 0)
        #expect(byEnvironment.settings.connectionsPerHost == 2)
        #expect(byEnvironment.settings.policy.recheckSeconds == 0)
        #expect(byEnvironment.settings.leaseSeconds == 7)
        #expect(byEnvironment.settings.policy.shrinkPercent == 33)
        #expect(!byEnvironment.settings.isPipelining)
        #expect(try Self.request("{}").settings.isPipelining)
        #expect(!byEnvironment.settings.measuresThroughput)
        #expect(try Self.request("{}").settings.measuresThroughput)
        #expect(byEnvironment.settings.contact == "https://c.example/")
        let text = #"""
            {"mode":"check","region":"europe","budgetSeconds":20,"accessPoints":["a"],
            "mirrors":["m"]}
            """#
        let byRequest = try Self.request(text, environment)
        #expect(byRequest.mirrorIDs == ["m"])
        #expect(byRequest.mode == .check)
        #expect(byRequest.region == "europe")
        #expect(byRequest.settings.budgetSeconds == 20)
        #expect(byRequest.accessPointIDs == ["a"])
    }

    @Test(arguments: [
        #"{"mode":"look"}"#, #"{"mode":1}"#, #"{"budgetSeconds":0}"#, #"{"budgetSeconds":"9"}"#,
        #"{"accessPoints":"a"}"#, #"{"mirrors":"a"}"#, #"{"accesspoints":["a"]}"#,
    ])
    func refusesAWrongField(text: String) {
        #expect(throws: JSONError.self) { try Self.request(text) }
    }

    @Test(arguments: [
        "CHECK_MODE", "CHECK_BUDGET_SECONDS", "CHECK_RATE", "CHECK_CONNECTIONS",
        "RECHECK_AFTER_SECONDS", "REVALIDATE_AFTER_SECONDS", "CHECK_PIPELINE",
        "CHECK_LEASE_SECONDS", "CHECK_SHRINK_PERCENT", "CHECK_THROUGHPUT",
    ])
    func namesAWrongVariable(name: String) throws {
        let error = try #require(throws: FunctionError.self) { try Self.request("{}", [name: "x"]) }
        #expect(error.description.contains(name))
        #expect(error.exitStatus == 2)
    }

    @Test func aContactCannotForgeAHeader() {
        #expect(throws: FunctionError.self) {
            try Self.request("{}", ["CHECK_CONTACT": "a\r\nX: y"])
        }
    }

    static func mirror(
        _ id: String,
        region: String,
        isEnabled: Bool = true
    ) throws -> Mirror {
        try .make(
            id,
            region: region,
            isEnabled: isEnabled,
            [.make("\(id)-http"), .make("\(id)-rsync", scheme: .rsync)]
        )
    }

    static func mirrors() throws -> [Mirror] {
        [
            try mirror("a", region: "europe"), try mirror("b", region: "asia"),
            try mirror("c", region: "europe", isEnabled: false),
        ]
    }

    /// Publishes ``mirrors()`` and `catalog` in a store that has none.
    static func publish(_ catalog: Catalog, in store: InMemoryStore) throws {
        let mirrors = MirrorList(mirrors: try mirrors())
        try store.put(BlobKey("mirrors.json"), mirrors.json.serialized())
        let catalogs = CatalogStore(store)
        try catalogs.publish(catalog, replacing: catalogs.current())
    }

    @Test func theScopeIsWhatTheRequestNames() throws {
        var request = CheckRequest()
        func scope() throws -> [String] { try request.scope(in: Self.mirrors()).map(\.id) }
        #expect(try scope() == ["a-http", "a-rsync", "b-http", "b-rsync"])
        request.region = "europe"
        #expect(try scope() == ["a-http", "a-rsync"])
        request.accessPointIDs = ["a-http"]
        #expect(try scope() == ["a-http"])
        request.accessPointIDs = nil
        request.mirrorIDs = ["a", "b"]
        #expect(try scope() == ["a-http", "a-rsync"])
        request.region = nil
        #expect(try scope() == ["a-http", "a-rsync", "b-http", "b-rsync"])
        request.accessPointIDs = ["b-rsync"]
        #expect(try scope() == ["b-rsync"])
    }

    @Test func namesWhatNoMirrorHas() {
        var request = CheckRequest()
        request.region = "mars"
        #expect(throws: CheckingError.unknownRegion("mars", known: ["asia", "europe"])) {
            try request.scope(in: Self.mirrors())
        }
        request.region = nil
        request.accessPointIDs = ["a-http", "c-http"]
        #expect(throws: CheckingError.unknownAccessPoint("c-http")) {
            try request.scope(in: Self.mirrors())
        }
        request.mirrorIDs = ["a", "c"]
        #expect(throws: CheckingError.unknownMirror("c")) { try request.scope(in: Self.mirrors()) }
    }
}
