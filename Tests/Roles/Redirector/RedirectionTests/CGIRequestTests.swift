import Mirrors
import Redirection
import Testing

@Suite struct CGIRequestTests {
    private func request(_ environment: [String: String]) -> String {
        let request = CGIRequest.head { environment[$0].map { Array($0.utf8) } }
        return String(decoding: request.bytes, as: UTF8.self)
    }

    private func line(_ environment: [String: String]) -> String {
        String(request(environment).split(separator: "\r\n")[0])
    }

    @Test(
        arguments: [
            // PATH_INFO is already decoded: "%2F" in it is literal.
            (["PATH_INFO": "/a%2Fb c+d"], "GET /a%252Fb%20c%2Bd HTTP/1.1"),
            (["PATH_INFO": "/ä"], "GET /%C3%A4 HTTP/1.1"),
            (["PATH_INFO": "/a", "QUERY_STRING": "x=1"], "GET /a?x=1 HTTP/1.1"),
            ([:], "GET / HTTP/1.1"),
            // REQUEST_URI is as the client wrote it.
            (
                [
                    "REQUEST_URI": "/cgi/r/a%252Fb?x", "SCRIPT_NAME": "/cgi/r",
                    "PATH_INFO": "/a%2Fb",
                ],
                "GET /a%252Fb?x HTTP/1.1"
            ),
            (
                ["REQUEST_URI": "/a%252Fb", "SCRIPT_NAME": "", "PATH_INFO": "/wrong"],
                "GET /a%252Fb HTTP/1.1"
            ),
            (["REQUEST_URI": "/cgi/r", "SCRIPT_NAME": "/cgi/r"], "GET / HTTP/1.1"),
            (["REQUEST_URI": "/cgi/r?x", "SCRIPT_NAME": "/cgi/r"], "GET /?x HTTP/1.1"),
            // A rewrite rule brought it here: REQUEST_URI does not begin with the script.
            (
                [
                    "REQUEST_URI": "/distfiles/a", "SCRIPT_NAME": "/cgi/r",
                    "PATH_INFO": "/distfiles/a",
                ],
                "GET /distfiles/a HTTP/1.1"
            ),
            (
                ["REQUEST_URI": "/cgi/rest", "SCRIPT_NAME": "/cgi/r", "PATH_INFO": "/b"],
                "GET /b HTTP/1.1"
            ),
            // busybox httpd decodes both variables.
            (
                [
                    "SERVER_SOFTWARE": "busybox httpd/1.35.0", "SCRIPT_NAME": "/cgi-bin/r",
                    "REQUEST_URI": "/cgi-bin/r/a%2Fb?x=%20", "PATH_INFO": "/a%2Fb",
                    "QUERY_STRING": "x=%20",
                ],
                "GET /a%252Fb?x=%20 HTTP/1.1"
            ),
            (["REQUEST_METHOD": "HEAD", "PATH_INFO": "/a"], "HEAD /a HTTP/1.1"),
            (["REQUEST_METHOD": "A B", "PATH_INFO": "/a"], "- /a HTTP/1.1"),
            (
                ["REQUEST_URI": "/a b\r\nX: y", "SCRIPT_NAME": ""],
                "GET /a%20b%0D%0AX:%20y HTTP/1.1"
            ),
        ] as [([String: String], String)]
    )
    func writesTheRequestLine(environment: [String: String], expected: String) {
        #expect(line(environment) == expected)
    }

    @Test func passesTheHeadersOfProxies() {
        let text = request([
            "PATH_INFO": "/a", "HTTP_X_FORWARDED_FOR": "1.2.3.4", "HTTP_X_FORWARDED_PROTO": "https",
            "HTTP_CF_IPCOUNTRY": "DE", "HTTP_X_COUNTRY_CODE": "FR\r\nX-Forwarded-For: 9.9.9.9",
            "HTTP_FORWARDED": "proto=https", "HTTP_USER_AGENT": "curl/8",
        ])
        #expect(text.contains("\r\nForwarded: proto=https\r\n"))
        #expect(text.contains("\r\nUser-Agent: curl/8\r\n"))
        #expect(text.contains("\r\nX-Forwarded-For: 1.2.3.4\r\n"))
        #expect(text.contains("\r\nX-Forwarded-Proto: https\r\n"))
        #expect(text.contains("\r\nCF-IPCountry: DE\r\n"))
        #expect(!text.contains("9.9.9.9"))
    }

    @Test func passesTheCountryHeaderThatTheOperatorNames() throws {
        let header = try #require(FieldName("X-My-Geo"))
        let environment = ["HTTP_X_MY_GEO": "DE", "HTTP_CF_IPCOUNTRY": "FR"]
        let request = CGIRequest.head(ClientHeaders(countries: [header])) {
            environment[$0].map { Array($0.utf8) }
        }
        let text = String(decoding: request.bytes, as: UTF8.self)
        #expect(text.contains("\r\nX-My-Geo: DE\r\n"))
        #expect(!text.contains("FR"))
    }

    @Test func passesPlaceAndNetwork() {
        let environment = [
            "HTTP_CLOUDFRONT_VIEWER_LATITUDE": "50.1", "HTTP_CLOUDFRONT_VIEWER_LONGITUDE": "8.7",
            "HTTP_CLOUDFRONT_VIEWER_ASN": "64500", "HTTP_CF_IPLATITUDE": "1\r\nX: y",
        ]
        let request = CGIRequest.head { environment[$0].map { Array($0.utf8) } }
        let text = String(decoding: request.bytes, as: UTF8.self)
        #expect(text.contains("\r\nCloudFront-Viewer-Latitude: 50.1\r\n"))
        #expect(text.contains("\r\nCloudFront-Viewer-Longitude: 8.7\r\n"))
        #expect(text.contains("\r\nCloudFront-Viewer-ASN: 64500\r\n"))
        #expect(!text.contains("CF-IPLatitude"))
    }

    @Test func passesTheTargetInTheHeaderThatTheOperatorNames() throws {
        let environment = ["HTTP_X_ORIGINAL_URI": "/a%252Fb", "HTTP_X_FORWARDED_URI": "/c"]
        for (name, value) in [
            ("X-Original-URI", "/a%252Fb"), ("X-Forwarded-Uri", "/c"), (nil, nil),
        ] as [(String?, String?)] {
            let request = CGIRequest.head(
                ClientHeaders(originalURI: name.flatMap { FieldName($0) })
            ) {
                environment[$0].map { Array($0.utf8) }
            }
            let text = String(decoding: request.bytes, as: UTF8.self)
            for header in ["X-Original-URI", "X-Forwarded-Uri"] {
                let line = "\r\n\(header): \(value ?? "")\r\n"
                #expect(text.contains(line) == (header == name))
            }
        }
    }

    @Test(
        arguments: [
            (["HTTPS": "on"], true), (["HTTPS": "1"], true), (["HTTPS": "off"], false),
            (["REQUEST_SCHEME": "https"], true), ([:], false),
        ] as [([String: String], Bool)]
    )
    func knowsTheScheme(environment: [String: String], isHTTPS: Bool) {
        #expect(CGIRequest.head { environment[$0].map { Array($0.utf8) } }.isHTTPS == isHTTPS)
    }

    @Test func knowsTheClient() {
        let environment = ["REMOTE_ADDR": "2001:db8::1"]
        let request = CGIRequest.head { environment[$0].map { Array($0.utf8) } }
        #expect(request.peer == IPAddress("2001:db8::1"))
    }
}
