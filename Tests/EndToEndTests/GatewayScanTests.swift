import Foundation
import TestSupport
import Testing

/// `mirrors scan` with the checker behind OpenFaaS's gateway, as template.yaml deploys it.
@Suite struct GatewayScanTests {
    /// Its minutes last a day, so that no scheduled check interferes.
    private let gateway: GatewayProcess
    private let port: Int

    init() throws {
        gateway = try GatewayProcess(["--minute", "86400"])
        port = try gateway.port(after: "local-gateway: ready")
    }

    private func mirrors(
        _ arguments: String...,
        checker: String = "checker"
    ) throws -> FunctionResult {
        let environment = [
            "STORAGE_URL": "file://\(gateway.storage)", "GATEWAY_URL": "http://127.0.0.1:\(port)",
            "CHECKER_FUNCTION": checker,
        ]
        return try Product.function("mirrors", environment: environment).run(arguments: arguments)
    }

    private struct List: Decodable {
        struct Mirror: Decodable {
            let id: String
            let name: String
            let files: [String: Int]
        }
        let mirrors: [Mirror]
    }

    private func mirror(named name: String) throws -> List.Mirror {
        let list: List = try mirrors("list", "--json").decoded()
        return try #require(list.mirrors.first { $0.name == name })
    }

    /// A file is published, and the mirror already has it: the scan finds that before any schedule
    /// does.
    @Test func theCheckerBehindItFindsAFileThatIsNew() throws {
        let before = try mirror(named: "near-missing")
        let demonstration = gateway.folder.appending("demonstration")
        let path = "distfiles/just-synced-1.0.tar.gz"
        try Data("synced".utf8).write(to: URL(fileURLWithPath: "\(demonstration)/master/\(path)"))
        let sync = FunctionBinary("/bin/cp", environment: [:])
        let copied = try sync.run(
            arguments: [
                "--archive", "\(demonstration)/master/\(path)",
                "\(demonstration)/mirrors/near-missing/distfiles",
            ]
        )
        #expect(copied.isSuccess, "\(copied)")
        let leader = Product.function(
            "leader",
            environment: ["STORAGE_URL": "file://\(gateway.storage)"]
        )
        let published = try leader.run("{\"tree\":\"\(demonstration)/master\"}")
        #expect(published.isSuccess, "\(published)")

        let held = before.files["held", default: 0]
        let scan = try mirrors("scan", before.id, "--seconds", "30")
        #expect(scan.isSuccess, "\(scan) \(gateway.text)")
        #expect(scan.output.contains(" asked, right \(held) → \(held + 1)"), "\(scan)")
        #expect(try mirror(named: "near-missing").files["held"] == held + 1)
    }

    /// The gateway's checker is asked, not the program beside this one.
    @Test func whereTheGatewayHasNoSuchFunctionItsAnswerIsTold() throws {
        let id = try mirror(named: "near-missing").id
        let scan = try mirrors("scan", id, checker: "no-such-checker")
        #expect(scan.ending == .exited(1), "\(scan)")
        #expect(scan.log.contains("status 404, expected 200"), "\(scan)")
    }
}
