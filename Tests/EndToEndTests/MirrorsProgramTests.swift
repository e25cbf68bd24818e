import Foundation
import Glibc
import TestSupport
import Testing

/// `mirrors` on a deployment whose mirrors are wrong in every way that there is.
@Suite(.serialized, .faultyMirrors) struct MirrorsProgramTests {
    private let lab: FaultyMirrors

    init() throws {
        lab = try #require(FaultyMirrors.current)
    }

    /// Two of each of the eleven ways to be wrong, and six that answer in no good way.
    @Test func theVerdictIsRightForEveryKindOfMirror() throws {
        let words = try lab.words()
        #expect(lab.expected.count == 28)
        for (mirror, expected) in lab.expected {
            if words[mirror] != expected {
                print(try lab.mirrors("show", try lab.id(of: mirror)).output)
            }
            #expect(words[mirror] == expected, "\(mirror)")
        }
    }

    /// How far a copy is behind is the age of the oldest file that it lacks for being too new.
    @Test func howFarAMirrorIsBehindIsTrueToADay() throws {
        let behind = try lab.behindSince()
        for (copy, profile) in zip(lab.network.copies, FaultyMirrors.profiles)
        where profile == .lagging {
            let there = Set(try copy.tree.everyPath().map(\.path))
            let lacking = try lab.network.master.everyPath().filter {
                !$0.isDirectory && !there.contains($0.path)
            }
            let times = try lacking.compactMap { entry in
                let path = String(decoding: entry.path, as: UTF8.self)
                let attributes = try FileManager.default.attributesOfItem(
                    atPath: "\(lab.network.master.root)/\(path)"
                )
                let isFile = attributes[.type] as? FileAttributeType == .typeRegular
                return isFile ? attributes[.modificationDate] as? Date : nil
            }
            let oldest = try #require(times.min())
            let said = try #require(behind[copy.name])
            #expect(abs(said.timeIntervalSince(oldest)) < 86_400, "\(copy.name)")
        }
    }

    /// Nothing stands in it that is there; and what is not in it, but lacking, was not asked for
    /// yet: the checker takes its time with those that have little.
    @Test func theListOfMissingFilesIsTheTruth() throws {
        let unasked = try lab.unaskedCounts()
        var wholeCount = 0
        for (copy, profile) in zip(lab.network.copies, FaultyMirrors.profiles)
        where profile != .unreadable {
            let lacking = Set(
                try lab.network.master.everyPath().filter { entry in
                    copy.tree.entry(at: entry.path) == nil
                }.map { String(decoding: $0.path, as: UTF8.self) }
            )
            let output = try lab.mirrors("missing", try lab.id(of: copy.name), "--all").output
            let paths = output.split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init)
            let listed = Set(paths)
            #expect(paths.count == listed.count, "\(copy.name)")
            #expect(listed.isSubset(of: lacking), "\(copy.name)")
            let left = try #require(unasked[copy.name])
            #expect(lacking.count - listed.count <= left, "\(copy.name)")
            if left == 0 { wholeCount += 1 }
        }
        #expect(wholeCount > 12)
    }

    /// What was not asked for is said to be so, and of that there is little.
    @Test func noStatementAboutAFileIsFalse() throws {
        let unasked = try lab.unaskedCounts()
        var statements = 0
        var openCount = 0
        for copy in lab.network.copies {
            let id = try lab.id(of: copy.name)
            for entry in try lab.network.master.everyPath().prefix(12) {
                let path = String(decoding: entry.path, as: UTF8.self)
                let text = try lab.mirrors("why", id, path).output
                statements += 1
                let has = copy.tree.entry(at: entry.path) == entry
                let saysItHas = text.contains("it has the file")
                let saysItHasNot = [
                    "it lacks the file", "it has something else", "it refuses the file",
                ].contains(where: text.contains)
                #expect(!saysItHas || has, "\(copy.name) \(path): \(text)")
                #expect(!saysItHasNot || !has, "\(copy.name) \(path): \(text)")
                guard !saysItHas, !saysItHasNot else { continue }
                openCount += 1
                #expect(unasked[copy.name, default: 0] > 0, "\(copy.name) \(path): \(text)")
            }
        }
        #expect(statements > 200)
        #expect(openCount * 5 < statements, "\(openCount) of \(statements)")
    }

    @Test func fiveQuestionsHaveAnAnswerEach() throws {
        let doctor = try lab.mirrors("doctor")
        #expect(doctor.output.contains("OK storage"))
        #expect([.exited(0), .exited(1)].contains(doctor.ending))
        let down = try lab.mirrors("--down").output
        #expect(down.contains("no answer") || down.contains("connection refused"))
        #expect(try lab.mirrors("list", "--state", "not-asked").isSuccess)
        #expect(doctor.output.contains("maps:"))
        #expect(try lab.mirrors("events", "--since", "2h").isSuccess)
        for question in [["doctor"], ["--down"], ["events", "--since", "00:00"]] {
            #expect(try lab.mirrors(question + ["--json"]).output.hasPrefix("{"))
        }
    }
}

/// A network of copies with each fault, and beside them mirrors that answer in no good way.
final class FaultyMirrors: Sendable {
    @TaskLocal static var current: FaultyMirrors?

    let network: MirrorNetwork
    let deployment: Deployment
    /// By name what is to be said of a mirror.
    let expected: [String: String]
    private let servers: [Nginx]
    private let ids: [String: String]

    /// Two copies with each fault, by different draws.
    static let profiles = FaultProfile.allCases + FaultProfile.allCases

    /// How long checks may take in all, in seconds: they end when there is nothing left to ask.
    private static let patience = 900.0

    init() throws {
        network = try MirrorNetwork(distfiles: 400, profiles: Self.profiles)
        servers = try [
            Nginx(server: "return 403;"), Nginx(server: "return 503;"),
            Nginx(server: "default_type text/html; return 200 'Please log in.';"),
            Nginx(server: "return 302 http://127.0.0.9/login;"),
            // Each answer waits for its turn.
            Nginx(
                server: "autoindex on; limit_req zone=slow burst=100000;",
                http: "limit_req_zone $server_name zone=slow:1m rate=60r/s;",
                root: network.master.root
            ),
        ]
        let closed = try freePort()
        deployment = try Deployment(network, on: .folder)
        var urls = network.copies.map { ($0.name, $0.url) }
        urls += zip(["refusing", "busy", "portal", "parked", "slow"], servers)
            .map { ($0, $1.baseURL) }
        urls.append(("silent", "http://127.0.0.1:\(closed)/"))
        let country = MirrorListDocument.countries[0]
        let list = MirrorListDocument(
            entries: urls.map { name, url in
                MirrorListDocument.Entry(
                    name: name,
                    region: country.region,
                    country: country.code,
                    countryName: country.name,
                    url: url
                )
            }
        )
        try network.folder.write(list.xml, to: "all.xml")
        try deployment.run(
            "leader",
            "{\"mirrors\":\"file://\(network.folder.appending("all.xml"))\"}"
        )
        try deployment.probe()
        let ids = try Self.ids(deployment)
        self.ids = ids
        try Self.check((network.copies.map(\.name) + ["slow"]).compactMap { ids[$0] }, deployment)
        for name in ["refusing", "busy", "portal", "parked"] {
            if let id = ids[name] { try Self.find(id, deployment) }
        }
        try deployment.run("builder")
        try deployment.probe()
        var expected = [
            "refusing": "refuses-us", "busy": "refuses-us", "portal": "not-itself",
            "parked": "not-itself", "silent": "down", "slow": "in-use",
        ]
        for (copy, profile) in zip(network.copies, Self.profiles) {
            expected[copy.name] = Self.word(of: profile)
        }
        self.expected = expected
    }

    private static func word(of profile: FaultProfile) -> String {
        switch profile {
        case .perfect, .extra: "in-use"
        case .missing, .truncated, .missingDirectory, .nolinks, .partial, .unreadable: "incomplete"
        case .empty: "empty"
        case .lagging, .mixed: "behind"
        }
    }

    /// What the program says of each mirror.
    private struct List: Decodable {
        struct Mirror: Decodable {
            struct Files: Decodable {
                let unasked: Int
            }
            let id: String
            let name: String
            let state: String
            let files: Files
            let behindSince: String?
        }
        let mirrors: [Mirror]
    }

    /// Checks one mirror by itself until something is known of it.
    ///
    /// All of them have one address, so that those that refuse, and are asked again and again,
    /// would keep the others from their turns until the budget ends.
    private static func find(_ id: String, _ deployment: Deployment) throws {
        let program = Product.function("mirrors", environment: deployment.environment)
        let deadline = Date(timeIntervalSinceNow: patience)
        while Date() < deadline {
            try deployment.run(
                "checker",
                "{\"mode\":\"check\",\"budgetSeconds\":10,\"mirrors\":[\"\(id)\"]}"
            )
            let list: List = try program.run(arguments: ["list", "--json"]).decoded()
            if list.mirrors.contains(where: { $0.id == id && $0.state != "not-asked" }) { return }
        }
        throw EndToEndError.timedOut("\(id) was never asked")
    }

    /// What is read of a check's result.
    private struct CheckResult: Decodable {
        struct Totals: Decodable {
            let asked: Int
        }
        let totals: Totals
    }

    /// Checks mirrors until a run has nothing left to ask, however many runs that takes: a busy
    /// machine asks fewer files in one.
    private static func check(_ ids: [String], _ deployment: Deployment) throws {
        let deadline = Date(timeIntervalSinceNow: patience)
        while true {
            let run = try deployment.run(
                "checker",
                "{\"mode\":\"check\",\"budgetSeconds\":60,\"mirrors\":\(ids)}"
            )
            let result: CheckResult = try run.decoded()
            guard result.totals.asked > 0 else { return }
            guard Date() < deadline else {
                throw EndToEndError.timedOut("\(result.totals.asked) files asked in the latest run")
            }
        }
    }

    private static func ids(_ deployment: Deployment) throws -> [String: String] {
        struct List: Decodable {
            struct Mirror: Decodable {
                let id: String
                let name: String
            }
            let mirrors: [Mirror]
        }
        let list = try JSONDecoder().decode(List.self, from: deployment.blob("mirrors.json"))
        return Dictionary(uniqueKeysWithValues: list.mirrors.map { ($0.name, $0.id) })
    }

    func id(of name: String) throws -> String { try #require(ids[name]) }

    func mirrors(_ arguments: String...) throws -> FunctionResult { try mirrors(arguments) }

    func mirrors(_ arguments: [String]) throws -> FunctionResult {
        try Product.function("mirrors", environment: deployment.environment)
            .run(arguments: arguments)
    }

    /// By name what is said of each mirror.
    func words() throws -> [String: String] {
        let list: List = try mirrors("list", "--json").decoded()
        return Dictionary(uniqueKeysWithValues: list.mirrors.map { ($0.name, $0.state) })
    }

    /// By name how many files of a mirror were not asked for.
    func unaskedCounts() throws -> [String: Int] {
        let list: List = try mirrors("list", "--json").decoded()
        return Dictionary(uniqueKeysWithValues: list.mirrors.map { ($0.name, $0.files.unasked) })
    }

    /// By name since when a mirror is behind, of those that are.
    func behindSince() throws -> [String: Date] {
        let list: List = try mirrors("list", "--json").decoded()
        let format = ISO8601DateFormatter()
        return list.mirrors.reduce(into: [:]) { times, mirror in
            times[mirror.name] = mirror.behindSince.flatMap { format.date(from: $0) }
        }
    }

    func stop() {
        network.stop()
        for server in servers { server.stop() }
    }
}

/// Gives the tests of a suite one such deployment.
struct FaultyMirrorsTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        let lab = try FaultyMirrors()
        defer { lab.stop() }
        try await FaultyMirrors.$current.withValue(lab) { try await function() }
    }
}

extension SuiteTrait where Self == FaultyMirrorsTrait {
    static var faultyMirrors: Self { FaultyMirrorsTrait() }
}
