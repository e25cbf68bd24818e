import Foundation
import NIOHTTP1
import TestSupport
import Testing

@testable import local_gateway

/// A function that listens by itself; `Fixtures/web` is one.
@Suite struct HTTPFunctionTests {
    private let folder: TemporaryFolder
    private let launcher: Launcher

    init() throws {
        folder = try TemporaryFolder("function")
        let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures").path
        launcher = Launcher(
            binaries: fixtures,
            environment: ["PATH": "/usr/bin:/bin", "FOLDER": folder.path],
            mark: "none"
        )
    }

    private func function(
        idleLimit: Double? = 600,
        environment: [String: String] = [:]
    ) -> HTTPFunction {
        HTTPFunction(
            StackFile.Function(
                name: "web",
                annotations: ["com.openfaas.ready.http.path": "/_/ready"]
            ),
            environment: environment,
            launcher: launcher,
            idleLimit: idleLimit
        )
    }

    private var starts: [String] {
        let text = try? String(contentsOfFile: folder.appending("starts"), encoding: .utf8)
        return text?.split(separator: "\n").map(String.init) ?? []
    }

    private func answer(
        _ function: HTTPFunction,
        _ method: String = "GET",
        _ path: String = "/",
        headers: HTTPHeaders = [:],
        body: String = ""
    ) throws -> Answer {
        let outcome = function.outcome(
            of: Invocation(
                method: method,
                path: Array(path.utf8),
                query: path == "/query" ? "a=%2F" : "",
                headers: headers,
                body: Array(body.utf8)
            )
        )
        guard case .answer(let answer) = outcome else { throw CancellationError() }
        return answer
    }

    @Test
    func startsWithTheFirstRequestAndServesTheNextOnes() throws {
        defer { launcher.stop() }
        let web = function()
        #expect(!web.isRunning)
        #expect(try answer(web).status == 200)
        #expect(try answer(web).status == 200)
        #expect(web.isRunning && starts.count == 1)
    }

    @Test
    func startsOnceForManyRequestsAtOnce() {
        defer { launcher.stop() }
        let web = function()
        let statuses = Mutexed<[Int?]>([])
        for _ in 0..<8 {
            Thread.detachNewThread {
                let status = web.outcome(of: Invocation(method: "GET")).status
                statuses.change { $0.append(status) }
            }
        }
        #expect(eventually(within: 60) { statuses.value.count == 8 })
        #expect(statuses.value.allSatisfy { $0 == 200 } && starts.count == 1)
    }

    /// Requests are held until the readiness path answers 200.
    @Test
    func holdsRequestsUntilItIsReady() throws {
        defer { launcher.stop() }
        try folder.write("", to: "not-ready")
        let web = function()
        let status = Mutexed<Int?>(nil)
        Thread.detachNewThread { status.set(web.outcome(of: Invocation(method: "GET")).status) }
        #expect(eventually(within: 60) { starts.count == 1 })
        #expect(status.value == nil)
        try FileManager.default.removeItem(atPath: folder.appending("not-ready"))
        #expect(eventually(within: 60) { status.value == 200 })
    }

    @Test
    func stopsWhenItIsIdleAndStartsAgain() throws {
        defer { launcher.stop() }
        let web = function(idleLimit: 0.2)
        web.supervise()
        #expect(try answer(web).status == 200)
        #expect(eventually(within: 60) { !web.isRunning })
        let first = try #require(starts.first)
        #expect(
            eventually(within: 60) { !FileManager.default.fileExists(atPath: "/proc/\(first)") }
        )
        #expect(try answer(web).status == 200)
        #expect(starts.count == 2)
    }

    @Test
    func keepsOneRunningWhereTheLabelDoesNotLetItStop() throws {
        defer { launcher.stop() }
        let web = function(idleLimit: nil)
        web.supervise()
        #expect(eventually(within: 60) { web.isRunning })
        #expect(try answer(web, "GET", "/die").status == 500)
        #expect(eventually(within: 60) { web.isRunning && starts.count >= 2 })
        #expect(try answer(web).status == 200)
    }

    @Test
    func saysThatItDoesNotStart() throws {
        defer { launcher.stop() }
        #expect(try answer(function(environment: ["FAILS": "1"])).status == 500)
    }

    /// Gateway, provider and of-watchdog do not follow redirects (proxy_client.go:27, proxy.go:141,
    /// http_runner.go:246), and pass on every header, including repeated ones (http_runner.go:224).
    @Test(arguments: ["GET", "HEAD"])
    func passesRedirectsOn(_ method: String) throws {
        defer { launcher.stop() }
        let web = function()
        let redirect = try answer(web, method, "/status/302")
        #expect(redirect.status == 302)
        #expect(redirect.headers["Location"] == ["http://mirror.invalid/a"])
        #expect(redirect.headers["Link"] == ["<http://other.invalid/a>; rel=duplicate"])
        #expect(redirect.headers["Set-Cookie"] == ["a=1", "b=2"])
        #expect(redirect.body.isEmpty == (method == "HEAD"))
        #expect(try answer(web, method, "/status/304").status == 304)
        #expect(try answer(web, method, "/status/418").status == 418)
    }

    @Test
    func passesRequestsOn() throws {
        defer { launcher.stop() }
        let web = function()
        let echo = try answer(
            web,
            "POST",
            "/query",
            headers: ["X-Original-URI": "/a%252Fb", "Accept": "a", "Host": "client"],
            body: "hello"
        )
        let text = String(decoding: echo.body, as: UTF8.self)
        #expect(text.hasPrefix("POST /query?a=%2F\n") && text.hasSuffix("\nhello"))
        #expect(text.contains("\nX-Original-URI: /a%252Fb\n") && !text.contains("Host: client"))
        #expect(try answer(web, "GET", "/a b%").body.starts(with: Array("GET /a%20b%25\n".utf8)))
        #expect(web.outcome(of: Invocation(method: "TRACE")).status == 405)
    }
}
