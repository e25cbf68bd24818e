import HTTPTransport
import TestSupport
import Testing
import URLs

@Suite struct FetchTests {
    @Test func returnsTheBody() throws {
        let server = try Nginx(server: #"location = /list { return 200 "abc"; }"#)
        let url = PrivateURL(server.baseURL + "list")
        let body = try fetch(url: url, maximumByteCount: 3, timeoutSeconds: 10)
        #expect(body == Array("abc".utf8))
    }

    @Test func refusesALongerBody() throws {
        let server = try Nginx(server: #"location = /list { return 200 "abcd"; }"#)
        let url = server.baseURL + "list"
        #expect(throws: HTTPTransportError.tooLarge(url: PrivateURL(url), limit: 3)) {
            try fetch(url: PrivateURL(url), maximumByteCount: 3, timeoutSeconds: 10)
        }
    }

    @Test func countsOnlyTheLastBodyOfAChain() throws {
        let server = try Nginx(
            server: #"location = /a { return 302 /b; } location = /b { return 200 "b"; }"#
        )
        let url = PrivateURL(server.baseURL + "a")
        let body = try fetch(url: url, maximumByteCount: 400, timeoutSeconds: 10)
        #expect(body == Array("b".utf8))
    }

    @Test func refusesACircle() throws {
        let server = try Nginx(server: "location = /a { return 302 /a; }")
        let url = server.baseURL + "a"
        #expect(throws: HTTPTransportError.tooManyRedirects(url: PrivateURL(url), limit: 5)) {
            try fetch(url: PrivateURL(url), maximumByteCount: 1000, timeoutSeconds: 10)
        }
    }

    @Test(arguments: ["file:///etc/passwd", "ftp://127.0.0.1/a", "/etc/passwd", ""])
    func refusesOtherSchemes(url: String) {
        #expect(
            throws: HTTPTransportError.refusedURL(
                PrivateURL(url),
                reason: "expected http:// or https://"
            )
        ) {
            try fetch(url: PrivateURL(url), maximumByteCount: 10, timeoutSeconds: 10)
        }
    }

    @Test func refusesARedirectToAFile() throws {
        let server = try Nginx(server: "location = /a { return 302 file:///etc/passwd; }")
        #expect(
            throws: HTTPTransportError.refusedURL(
                PrivateURL("file:///etc/passwd"),
                reason: "expected http:// or https://"
            )
        ) {
            let url = PrivateURL(server.baseURL + "a")
            return try fetch(url: url, maximumByteCount: 10_000, timeoutSeconds: 10)
        }
    }

    @Test func namesTheStatus() throws {
        let server = try Nginx()
        let url = server.baseURL + "missing"
        #expect(throws: HTTPTransportError.unexpectedStatus(url: PrivateURL(url), status: 404)) {
            try fetch(url: PrivateURL(url), maximumByteCount: 10_000, timeoutSeconds: 10)
        }
    }

    @Test func namesARefusedConnection() throws {
        let server = try Nginx()
        server.stop()
        let error = #expect(throws: HTTPTransportError.self) {
            try fetch(url: PrivateURL(server.baseURL), maximumByteCount: 10, timeoutSeconds: 10)
        }
        guard case .failed(_, .connectionFailed, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }
}
