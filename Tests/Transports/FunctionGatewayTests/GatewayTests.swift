import FunctionGateway
import FunctionRuntime
import TestSupport
import Testing
import URLs

@Suite struct GatewayTests {
    private static func gateway(_ url: String) throws -> Gateway? {
        try Gateway(Environment(["GATEWAY_URL": url]))
    }

    static let urls: [(String, String)] = [
        ("http://gateway.openfaas:8080", "http://gateway.openfaas:8080/async-function/checker"),
        ("http://gateway:8080/", "http://gateway:8080/async-function/checker"),
        ("HTTPS://user:word@[::1]/faas/", "HTTPS://user:word@[::1]/faas/async-function/checker"),
    ]

    @Test(arguments: urls)
    func callsAFunctionBelowItsURL(_ row: (url: String, functionURL: String)) throws {
        let gateway = try #require(try Self.gateway(row.url))
        #expect(gateway.functionURL("checker").exposed == row.functionURL)
        #expect(!"\(gateway)".contains("word"))
    }

    @Test func isOptional() throws {
        #expect(try Self.gateway("") == nil)
    }

    static let badURLs = [
        "gateway:8080", "ftp://gateway", "http://", "http://:8080", "http:///path", "http://a b",
        "http://gateway?x", "http://gateway/#x", "http://gateway\n", "http://gät",
        "ftp://user:word@gateway", "http://user:word@gateway?x",
    ]

    @Test(arguments: badURLs)
    func refusesWhatIsNoGatewaysURL(_ url: String) throws {
        let error = try #require(throws: FunctionError.self) { try Self.gateway(url) }
        #expect(!error.description.contains("word"), "\(error)")
    }

    @Test func namesFunctionsAsKubernetesDoes() throws {
        let environment = Environment(["GOOD": "checker-2.mirrors", "BAD": "a/b", "EMPTY": ""])
        let name = { (variable: String) throws(FunctionError) in
            try Gateway.functionName(variable, environment, orElse: "usual")
        }
        #expect(try name("GOOD") == "checker-2.mirrors")
        #expect(try name("EMPTY") == "usual")
        #expect(throws: FunctionError.self) { try name("BAD") }
    }

    @Test func queuesACall() throws {
        let server = try ScriptedWebServer { request, _ in
            let isRight =
                request.method == "POST" && request.target == "/async-function/checker"
                && request.headers["content-type"] == "application/json"
                && request.body == Array("{}".utf8)
            return ScriptedWebServer.answer(
                isRight ? "202 Accepted" : "400 Bad Request",
                ["X-Call-Id: abc"]
            )
        }
        let gateway = try #require(try Self.gateway("http://127.0.0.1:\(server.port)"))
        #expect(try gateway.queueCall(of: "checker", body: Array("{}".utf8)) == "abc")
    }

    @Test(arguments: ["200 OK", "404 Not Found", "302 Found", "500 Internal Server Error"])
    func saysWhatTheGatewayAnsweredInstead(_ status: String) throws {
        let server = try ScriptedWebServer { _, _ in ScriptedWebServer.answer(status) }
        let gateway = try #require(try Self.gateway("http://127.0.0.1:\(server.port)"))
        #expect(throws: FunctionError.failed("status \(status.prefix(3)), expected 202")) {
            try gateway.queueCall(of: "checker", body: [])
        }
    }
}
