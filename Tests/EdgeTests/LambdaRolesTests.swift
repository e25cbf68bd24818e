import Foundation
import JSON
import TestSupport
import Testing

/// Leader, checker, builder, status and `storage clean` as Lambda calls them, one after the other
/// with one store, in AWS's own emulator.
struct LambdaRolesTests {
    private static let schedule = """
        {"version":"0","id":"1","detail-type":"Scheduled Event","source":"aws.events","account":"1",
        "time":"2026-11-22T15:00:00Z","region":"us-east-1","resources":[],"detail":{}}
        """

    private let folder: TemporaryFolder

    /// A tree of some files.
    init() throws {
        folder = try TemporaryFolder("lambda-roles")
        _ = try folder.makeFolder("tree")
        for number in 0..<20 {
            try folder.write(String(repeating: "x", count: number), to: "tree/f\(number).txt")
        }
    }

    /// The environment of a deployment whose only mirror is at `url`.
    private func environment(mirror url: String) throws -> [String: String] {
        let list = try folder.write(
            #"{"mirrors": [{"name": "One", "country": "DE", "urls": ["\#(url)"]}]}"#,
            to: "mirrors.json"
        )
        return [
            "STORAGE_URL": "file://\(folder.appending("store"))", "LOG_LEVEL": "error",
            "TREE": folder.appending("tree"), "MIRRORS": "file://\(list)", "CHECK_RATE": "0",
            "RECHECK_AFTER_SECONDS": "0",
        ]
    }

    private func object(_ text: String) throws -> JSONObject {
        guard case .object(let object) = try JSONValue(parsing: Array(text.utf8)) else {
            return [:]
        }
        return object
    }

    /// The result of one event of `role`, which must have one.
    @discardableResult
    private func run(
        _ role: String,
        _ event: String,
        _ environment: [String: String]
    ) throws -> JSONObject {
        let emulator = try Emulator(role, environment: environment)
        let result = try object(emulator.invoke(event))
        let log = try emulator.log
        #expect(result["errorType"] == nil, "\(role): \(result) \(log)")
        return result
    }

    @Test func eventsMakeADeployment() throws {
        let mirror = try PythonServer(root: folder.appending("tree"))
        let environment = try environment(mirror: mirror.baseURL)
        try run("leader", Self.schedule, environment)
        try run("checker", #"{"mode":"probe"}"#, environment)
        try run("checker", #"{"mode":"check"}"#, environment)
        // The builder's schedule sends this, because it has no input of its own.
        try run("builder", Self.schedule, environment)
        #expect(
            FileManager.default.fileExists(atPath: folder.appending("store/maps/europe.map"))
        )
        try run("status", Self.schedule, environment)
        #expect(
            FileManager.default.fileExists(atPath: folder.appending("store/status/index.html"))
        )
        let cleaner = try Emulator("storage", "clean --days 2", environment: environment)
        let cleaned = try object(cleaner.invoke(Self.schedule))
        #expect(cleaned["removed"] == true, "\(cleaned)")
        // Its command line says what it does: an event cannot ask for less.
        let refused = try object(cleaner.invoke(#"{"dryRun":true}"#))
        #expect(refused["errorType"] == "Event.Unknown", "\(refused)")
        // Its record says when it ran, as those of the others do.
        #expect(
            FileManager.default.fileExists(
                atPath: folder.appending("store/runs/storage-clean.json")
            )
        )
        // A refusal is an error of the function, as a user sees it.
        let emulator = try Emulator("builder", environment: environment)
        #expect(try object(emulator.invoke(#"{"unheard":"of"}"#))["errorType"] == "Exit.2")
        #expect(try object(emulator.invoke("{}"))["errorType"] == nil)
    }

    /// A mirror accepts questions and never answers: the check ends ten seconds before the
    /// deadline, and its results are stored.
    @Test func aCheckIsOverBeforeTheDeadline() throws {
        let silent = try LoopbackServer { _ in Thread.sleep(forTimeInterval: 120) }
        defer { silent.stop() }
        let environment = try environment(mirror: "http://127.0.0.1:\(silent.port)/")
        try run("leader", "{}", environment)
        let emulator = try Emulator("checker", environment: environment, timeout: 20)
        let result = try object(emulator.invoke(#"{"mode":"check"}"#))
        let log = try emulator.log
        #expect(result["errorType"] == nil, "\(result) \(log)")
        #expect(result["accessPoints"] != nil, "\(result)")
    }

    /// Sends signal 9 to the event's process, as the kernel does when memory is short.
    @Test func aRunThatIsKilledIsAnErrorAndTheNextOneIsNot() throws {
        let silent = try LoopbackServer { _ in Thread.sleep(forTimeInterval: 120) }
        defer { silent.stop() }
        let environment = try environment(mirror: "http://127.0.0.1:\(silent.port)/")
        try run("leader", "{}", environment)
        let emulator = try Emulator("checker", environment: environment, timeout: 60)
        // Both the runtime and an event's process match: they have the same command line.
        Thread.detachNewThread {
            guard eventually(within: 30, every: 0.05, { emulator.descendants.count >= 2 }),
                let newest = emulator.descendants.last
            else { return }
            kill(newest, SIGKILL)
        }
        let killed = try object(emulator.invoke(#"{"mode":"check"}"#))
        #expect(killed["errorType"] == "Exit.Signal", "\(killed)")
        // The same runtime handles the next event.
        let next = try object(emulator.invoke(#"{"unheard":"of"}"#))
        #expect(next["errorType"] == "Exit.2", "\(next)")
    }
}
