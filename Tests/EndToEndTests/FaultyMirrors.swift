import Foundation
import TestSupport
import Testing

/// A network of copies with each fault, and mirrors with no usable answers.
final class FaultyMirrors: Sendable {
    @TaskLocal static var current: FaultyMirrors?

    let network: MirrorNetwork
    let deployment: Installation
    /// The expected statement about each mirror, by name.
    let expected: [String: String]
    private let servers: [Nginx]
    private let ids: [String: String]

    /// Two copies with each fault, drawn differently.
    static let profiles = FaultProfile.allCases + FaultProfile.allCases

    /// The maximum total duration of checks, in seconds: they end when there is nothing left to
    /// ask.
    private static let patience = 900.0

    init() throws {
        network = try MirrorNetwork(distfiles: 400, profiles: Self.profiles)
        servers = try [
            Nginx(server: "return 403;"), Nginx(server: "return 503;"),
            Nginx(server: "default_type text/html; return 200 'Please log in.';"),
            Nginx(server: "return 302 http://127.0.0.9/login;"),
            // Each answer has to wait for its turn.
            Nginx(
                server: "autoindex on; limit_req zone=slow burst=100000;",
                http: "limit_req_zone $server_name zone=slow:1m rate=60r/s;",
                root: network.master.root
            ),
        ]
        let closed = try freePort()
        deployment = try Installation(network, on: .folder)
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

    /// The program's statement about each mirror.
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

    /// Checks one mirror separately until something is known about it.
    ///
    /// All of them have one address, so mirrors that refuse, and are asked again and again, would
    /// keep the others from their turns until the budget ends.
    private static func find(_ id: String, _ deployment: Installation) throws {
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

    /// The part of a check's result that the tests read.
    private struct CheckResult: Decodable {
        struct Totals: Decodable {
            let asked: Int
        }
        let totals: Totals
    }

    /// Checks mirrors until a run has nothing left to ask, however many runs that takes: on a busy
    /// machine a run asks for fewer files.
    private static func check(_ ids: [String], _ deployment: Installation) throws {
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

    private static func ids(_ deployment: Installation) throws -> [String: String] {
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

    /// The verdict about each mirror, by name.
    func words() throws -> [String: String] {
        let list: List = try mirrors("list", "--json").decoded()
        return Dictionary(uniqueKeysWithValues: list.mirrors.map { ($0.name, $0.state) })
    }

    /// The number of files that each mirror was not asked for, by name.
    func unaskedCounts() throws -> [String: Int] {
        let list: List = try mirrors("list", "--json").decoded()
        return Dictionary(uniqueKeysWithValues: list.mirrors.map { ($0.name, $0.files.unasked) })
    }

    /// The time since which each mirror that is behind has been so, by name.
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
