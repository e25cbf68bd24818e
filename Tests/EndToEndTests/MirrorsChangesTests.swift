import Foundation
import TestSupport
import Testing

/// Operators' changes with `mirrors`, and their effect on all functions.
@Suite(.serialized, .changedMirrors) struct MirrorsChangesTests {
    private let deployment: Installation

    init() throws {
        deployment = try #require(ChangedMirrorsTrait.current)
    }

    private func mirrors(
        _ arguments: String...,
        environment: [String: String] = [:]
    ) throws -> FunctionResult {
        try Product.function("mirrors", environment: deployment.environment).run(
            arguments: arguments,
            environment: environment.merging(["CHECK_RATE": "0"]) { own, _ in own }
        )
    }

    /// Runs the program; throws unless it succeeds.
    @discardableResult
    private func done(_ arguments: String...) throws -> String {
        let result = try Product.function("mirrors", environment: deployment.environment)
            .run(arguments: arguments, environment: ["CHECK_RATE": "0"])
        guard result.isSuccess else { throw EndToEndError.failed("mirrors", result) }
        return result.output
    }

    private struct List: Decodable {
        struct Mirror: Decodable {
            let id: String
            let name: String
            let state: String
        }
        let mirrors: [Mirror]
    }

    private func list() throws -> [List.Mirror] {
        let list: List = try mirrors("list", "--json").decoded()
        return list.mirrors
    }

    private func importList() throws {
        try deployment.run("leader", "{\"mirrors\":\"\(deployment.network.mirrorListURL)\"}")
    }

    /// Neither leader nor builder runs between the command and its effect.
    @Test func aDisabledMirrorIsLeftByRedirectorsAtOnce() throws {
        let redirector = try deployment.redirector("europe")
        let targets = try deployment.network.master.everyPath().filter { !$0.isDirectory }
            .map { "/\($0.encodedPath)" }
        let locations = try redirector.locations(of: targets).compactMap(\.self)
        let copy = try #require(
            deployment.network.copies.first { copy in
                locations.contains { $0.hasPrefix(copy.url) }
            }
        )
        func isUsed() throws -> Bool {
            try redirector.locations(of: targets).contains { $0?.hasPrefix(copy.url) == true }
        }
        let id = try #require(try list().first { $0.name == copy.name }?.id)
        try done("disable", id, "--reason", "asked for it")
        let start = Date()
        #expect(eventually(within: 120) { (try? isUsed()) == false })
        print("left after \(Date().timeIntervalSince(start)) s")
        #expect(try list().first { $0.id == id }?.state == "disabled")
        try done("enable", id)
        #expect(eventually(within: 120) { (try? isUsed()) == true })
    }

    @Test func aHeldMapStaysRolledBackWhileBuilderRuns() throws {
        let key = "maps/europe.map"
        let first = try deployment.blob(key)
        let new = "\(deployment.network.master.root)/distfiles/held-1.0.tar.xz"
        try Data("held".utf8).write(to: URL(fileURLWithPath: new))
        try deployment.publishTree()
        try deployment.run("builder")
        #expect(try deployment.blob(key) != first)
        try deployment.run("builder", #"{"rollback":"europe"}"#)
        try done("hold", "europe", "--reason", "the new one is wrong")
        let rolledBack = try deployment.blob(key)
        for _ in 0..<3 { try deployment.run("builder") }
        #expect(try deployment.blob(key) == rolledBack)
        #expect(try mirrors("doctor").output.contains("kept as they are: europe"))
        try done("release", "europe")
        try deployment.run("builder")
        #expect(try deployment.blob(key) != rolledBack)
    }

    /// From the command to redirects, and through imports of a list without the mirror.
    @Test func aMirrorThatWasAddedIsCheckedUsedAndKept() throws {
        let server = try Nginx(server: "autoindex on;", root: deployment.network.master.root)
        defer { server.stop() }
        let url = "http://127.0.0.1:\(server.port)/"
        let announced = try done("add", "Our own", "--country", "DE", url, "--dry-run")
        #expect(announced.hasPrefix("would be: "))
        #expect(try !list().contains { $0.name == "Our own" })
        try done(
            "add",
            "Our own",
            "--country",
            "DE",
            url,
            "--reason",
            "new hardware",
            "--by",
            "ada"
        )
        let id = try #require(try list().first { $0.name == "Our own" }?.id)
        try importList()
        let scan = try done("scan", id, "--seconds", "60")
        #expect(scan.contains("● in use"), "\(scan)")
        #expect(scan.contains(" asked, right 0 → "), "\(scan)")
        try deployment.run("builder")
        #expect(try mirrors("why", id).isSuccess)
        #expect(try mirrors("add", "Again", "--country", "DE", url).ending == .exited(2))
        let other = try #require(try list().first { $0.name == "m00" }?.id)
        #expect(try mirrors("remove", other).log.contains("mirrors disable \(other)"))
        try done("remove", id)
        #expect(try list().first { $0.id == id }?.state == "not-listed")
        try importList()
        #expect(try list().first { $0.id == id }?.state == "not-listed")
        let events = try done("events", id)
        #expect(events.contains("new hardware"), "\(events)")
    }

    @Test func listsOfOtherProgramsAreImported() throws {
        let folder = deployment.network.folder
        try folder.write(
            "# mirmon\nse http://mirmon.invalid/pub/\nse rsync://mirmon.invalid/pub/\n",
            to: "mirmon.list"
        )
        try folder.write(
            "Identifier \tHTTP \tRSYNC \tFTP \tLOCATION \tSTATE\tSINCE\n"
                + "bits \thttp://bits.invalid/ \t \t \tFI (EU) \tup \t"
                + "(Mon, 02 Jan 2006 15:04:05 UTC)\n",
            to: "mirrorbits.txt"
        )
        for (file, name) in [("mirmon.list", "mirmon.invalid"), ("mirrorbits.txt", "bits")] {
            let path = folder.appending(file)
            #expect(try mirrors("check", path).isSuccess)
            try done("import", path)
            #expect(try list().contains { $0.name == name && $0.state != "not-listed" })
            #expect(try done("import", path).hasPrefix("0 mirrors are listed\nlisted already: "))
        }
        try importList()
        for id in ["mirmon.invalid", "bits.invalid"] {
            #expect(try list().first { $0.id == id }?.state != "not-listed")
            try done("remove", id)
        }
    }

    @Test func overridesAreEditedUntilLeaderWouldTakeThem() throws {
        let folder = deployment.network.folder
        let id = try #require(try list().first?.id)
        try folder.write("{\"\(id)\":\n{\"wieght\": 50}}\n", to: "wrong")
        try folder.write("{\"\(id)\": {\"weight\": 50}}\n", to: "right")
        let editor = { (text: String) in ["EDITOR": "cp '\(folder.appending(text))'"] }
        let wrong = try mirrors("edit", environment: editor("wrong"))
        #expect(wrong.ending == .exited(2))
        #expect(wrong.log.contains("overrides.json, line 2: "), "\(wrong.log)")
        let right = try mirrors("edit", "--reason", "half of it", environment: editor("right"))
        #expect(right.isSuccess, "\(right.log)")
        #expect(
            String(decoding: try deployment.blob("overrides.json"), as: UTF8.self)
                == "{\"\(id)\": {\"weight\": 50}}\n"
        )
        try importList()
        let document = String(decoding: try deployment.blob("mirrors.json"), as: UTF8.self)
        #expect(document.contains("\"weight\": 50"))
        try done("unset", id, "weight")
        try importList()
    }
}

/// Gives the tests of a suite one small network with a deployment in a folder.
struct ChangedMirrorsTrait: SuiteTrait, TestScoping {
    @TaskLocal static var current: Installation?

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        let network = try MirrorNetwork(distfiles: 60, profiles: [.perfect, .perfect, .perfect])
        defer { network.stop() }
        let deployment = try Installation(network, on: .folder)
        try await Self.$current.withValue(deployment) { try await function() }
    }
}

extension SuiteTrait where Self == ChangedMirrorsTrait {
    static var changedMirrors: Self { ChangedMirrorsTrait() }
}
