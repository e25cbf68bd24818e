import Foundation
import NIOHTTP1
import TestSupport
import Testing

@testable import local_gateway

/// The parts of the gateway together, with a shell script and `Fixtures/web` as functions.
@Suite struct GatewayTests {
    private let folder: TemporaryFolder
    private let gateway: Gateway

    init() throws {
        folder = try TemporaryFolder("gateway")
        let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures").path
        let script = try folder.write(
            """
            echo "$Http_Method $Http_Path ${Http_X_Topic:-none}" >> $FOLDER/calls
            echo "$Http_X_Call_Id"
            """,
            to: "job.sh"
        )
        try FileManager.default.createSymbolicLink(
            atPath: folder.appending("web"),
            withDestinationPath: "\(fixtures)/web"
        )
        try FileManager.default.createSymbolicLink(
            atPath: folder.appending("sh"),
            withDestinationPath: "/bin/sh"
        )
        let stack = try StackFile(
            """
            provider: {name: openfaas}
            functions:
              web: {labels: {com.openfaas.scale.zero: true}}
              job: {fprocess: /bin/sh \(script)}
            """,
            variables: [:]
        )
        let launcher = Launcher(
            binaries: folder.path,
            environment: ["PATH": "/usr/bin:/bin", "FOLDER": folder.path],
            mark: "none"
        )
        gateway = Gateway(stack, launcher: launcher, settings: Gateway.Settings())
    }

    private var calls: String {
        (try? String(contentsOfFile: folder.appending("calls"), encoding: .utf8)) ?? ""
    }

    private func answer(
        _ target: String,
        _ method: String = "GET",
        headers: HTTPHeaders = [:]
    ) throws -> Answer {
        let outcome = gateway.outcome(
            of: Invocation(method: method, headers: headers),
            target: target,
            peer: "192.0.2.7:4711"
        )
        guard case .answer(let answer) = outcome else { throw CancellationError() }
        return answer
    }

    @Test func marksCallsAndAnswersWithAnId() throws {
        defer { gateway.stop() }
        let answer = try answer("/function/job/a%252Fb")
        let id = try #require(answer.headers["X-Call-Id"].first)
        #expect(answer.status == 200 && answer.body == Array("\(id)\n".utf8))
        #expect(answer.headers.contains(name: "X-Start-Time"))
        #expect(calls == "GET /a/b none\n")
    }

    @Test
    func queuesCalls() throws {
        defer { gateway.stop() }
        let accepted = try answer("/async-function/job/x", "POST")
        #expect(accepted.status == 202 && accepted.headers.contains(name: "X-Call-Id"))
        #expect(gateway.drainQueue(until: Date(timeIntervalSinceNow: 30)))
        #expect(calls == "POST /x none\n")
        #expect(try answer("/async-function/nobody", "POST").status == 404)
    }

    /// cron-connector calls the root, with an empty body (cron-connector/main.go).
    @Test func callsAsCronDoes() {
        defer { gateway.stop() }
        #expect(gateway.callByCron("job").status == 200)
        #expect(calls == "POST / cron-function\n")
    }

    @Test
    func callsOnSchedule() {
        defer { gateway.stop() }
        let launcher = Launcher(binaries: "/bin", environment: [:], mark: "none")
        defer { launcher.stop() }
        let cron = CronConnector(gateway, launcher: launcher, minuteSeconds: 0.1)
        cron.start("job", .every(seconds: 60))
        #expect(eventually(within: 30) { calls.split(separator: "\n").count >= 3 })
    }

    /// A client's statements about itself pass the gateway (forwarding_proxy.go:77-83), but not an
    /// ingress.
    @Test
    func tellsFunctionsWhoAsks() throws {
        defer { gateway.stop() }
        func text(_ target: String, _ headers: HTTPHeaders) throws -> String {
            String(decoding: try answer(target, headers: headers).body, as: UTF8.self)
        }
        let direct = try text("/function/web/a", ["Host": "files.example.org"])
        #expect(direct.contains("GET /a\n"))
        #expect(direct.contains("X-Forwarded-For: 192.0.2.7:4711\n"))
        #expect(direct.contains("X-Forwarded-Host: files.example.org\n"))
        let spoofed = try text("/function/web/a", ["X-Forwarded-For": "203.0.113.1"])
        #expect(spoofed.contains("X-Forwarded-For: 203.0.113.1\n"))
        let public_ = try text("/a%252Fb?c", ["X-Forwarded-For": "203.0.113.1"])
        #expect(public_.contains("GET /\n"))
        #expect(public_.contains("X-Forwarded-For: 192.0.2.7\n"))
        #expect(public_.contains("X-Original-URI: /a%252Fb?c\n"))
    }

    @Test func hasPathsOfItsOwn() throws {
        defer { gateway.stop() }
        #expect(try answer("/healthz").status == 200)
        #expect(try answer("/function/nobody").status == 404)
        let moved = try answer("/function/web//a")
        #expect(moved.status == 301 && moved.headers["Location"] == ["/function/web/a"])
    }
}
