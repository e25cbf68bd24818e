import Catalogs
import FunctionRuntime
import JSON
import LeaderRuns
import MirrorStorage
import Mirrors
import ObjectStorage
import TestSupport
import Testing

/// One request from its JSON to what is stored; `LeaderTests` does the same with the program.
@Suite struct LeaderRunTests {
    private let folder: TemporaryFolder
    private let store: FileStore
    private let environment: Environment

    init() throws {
        folder = try TemporaryFolder("leader-run")
        try folder.makeFolder("tree/distfiles")
        let storage = try folder.makeFolder("storage")
        store = FileStore(folder: storage)
        environment = Environment(["STORAGE_URL": "file://\(storage)"])
    }

    private func run(_ request: JSONObject) throws -> JSONValue {
        var fields = try JSONFields(.object(request))
        return try LeaderRun.run(LeaderRequest(&fields, environment))
    }

    private func write(fileCount: Int) throws {
        for number in 0..<fileCount { try folder.write("x", to: "tree/distfiles/f\(number)") }
    }

    private var tree: JSONValue { .string(folder.appending("tree")) }

    @Test func aMirrorListThatCannotBeReadKeepsNoTreeFromBeingPublished() throws {
        try write(fileCount: 3)
        let absent = folder.appending("absent.xml")
        let error = try #require(throws: FunctionError.self) {
            try run(["tree": tree, "mirrors": .string("file://\(absent)")])
        }
        #expect(error.exitStatus == 1)
        #expect(error.description.contains("absent.xml"))
        #expect(try CatalogStore(store).current().generation == 1)
        #expect(try store.mirrorList() == nil)
    }

    /// The exit status tells a refusal from a failure; one failure among refusals counts more.
    @Test func aRefusalIsOneOnlyIfNothingFailed() throws {
        try write(fileCount: 20)
        _ = try run(["tree": tree])
        let empty = try folder.makeFolder("empty")
        let refusal = try #require(throws: FunctionError.self) {
            try run(["tree": .string(empty)])
        }
        #expect(refusal.isRefusal, "\(refusal)")
        #expect(refusal.exitStatus == 3)
        let absent = folder.appending("absent.xml")
        let failure = try #require(throws: FunctionError.self) {
            try run(["tree": .string(empty), "mirrors": .string("file://\(absent)")])
        }
        #expect(!failure.isRefusal, "\(failure)")
        #expect(failure.exitStatus == 1)
        #expect(failure.description.contains("; and "))
        #expect(try CatalogStore(store).current().generation == 1)
    }

    @Test func whatIsForgottenIsOnlyShownUnlessTheRequestSaysOtherwise() throws {
        try write(fileCount: 2)
        _ = try run(["tree": tree])
        // What is still in the tree can be forgotten only if it is left out from now on.
        let request: JSONObject = ["forget": ["/distfiles/f1"], "exclude": ["/distfiles/f1"]]
        _ = try run(request)
        #expect(try CatalogStore(store).current().generation == 1)
        var order = request
        order.append("dryRun", false)
        _ = try run(order)
        #expect(try CatalogStore(store).current().generation == 2)
    }

    /// The error names the field or variable that would do.
    @Test(
        arguments: [
            ([:], "a source"),
            (["paths": ["a"], "mirrors": "https://m.example/"], "\"tree\""),
            (["tree": "relative"], "\"tree\""),
            (["rsync": "https://m.example/"], "\"rsync\""),
            (["mirrors": "m.example"], "\"mirrors\""),
            (["mirorrs": "https://m.example/"], "mirorrs"),
        ] as [(JSONObject, String)]
    )
    func aRequestThatCannotBeDoneNamesTheField(_ request: JSONObject, _ field: String) throws {
        let error = try #require(throws: JSONError.self) { try run(request) }
        #expect(error.description.contains(field), "\(error)")
        #expect(try store.list(prefix: "").isEmpty)
    }
}
