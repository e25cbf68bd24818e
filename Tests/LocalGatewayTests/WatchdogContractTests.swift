import Foundation
import NIOHTTP1
import TestSupport
import Testing

@testable import local_gateway

/// The results that the classic watchdog 0.3.9 makes of a function, row by row.
///
/// Each row names the corresponding place in the watchdog's source; all of them were tried with the
/// real one.
@Suite struct WatchdogContractTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var method = "POST"
        /// The function's actions, as a shell script.
        var script: String
        var environment: [String: String] = ["combine_output": "false"]
        var headers: [(String, String)] = []
        var body = ""
        /// Nil if the client gets no answer.
        var status: Int?
        var contentType: String?
        var printed = ""
        let source: String

        var testDescription: String { "\(method) \(script) \(environment) (\(source))" }
    }

    static let methods: [Row] =
        ["GET", "POST", "PUT", "PATCH", "DELETE"].map { method in
            Row(
                method: method,
                script: "printf out",
                status: 200,
                contentType: "text/plain; charset=utf-8",
                printed: "out",
                source: "handler.go:306-320"
            )
        }
        + ["HEAD", "OPTIONS", "TRACE"].map { method in
            Row(method: method, script: "printf out", status: 405, source: "handler.go:306-320")
        }

    static let endings: [Row] = [
        Row(script: "true", status: 200, source: "handler.go:205-210"),
        Row(
            script: "printf 'Status: 302\\r\\nLocation: http://a/\\r\\n\\r\\n'",
            status: 200,
            contentType: "text/plain; charset=utf-8",
            printed: "Status: 302\r\nLocation: http://a/\r\n\r\n",
            source: "handler.go:205-210"
        ),
        Row(
            script: "printf out; exit 3",
            status: 500,
            printed: "exit status 3\nout",
            source: "handler.go:167-182"
        ),
        Row(
            script: "printf out; printf error >&2; exit 1",
            status: 500,
            printed: "exit status 1\nout",
            source: "handler.go:167-182"
        ),
        Row(
            script: "printf out; kill -9 $$",
            status: 500,
            printed: "signal: killed\nout",
            source: "handler.go:167-182"
        ),
        Row(
            script: "kill -11 $$",
            status: 500,
            printed: "signal: segmentation fault\n",
            source: "handler.go:167-182"
        ),
        Row(
            script: "printf out; printf error >&2",
            environment: [:],
            status: 200,
            contentType: "text/plain; charset=utf-8",
            printed: "outerror",
            source: "combine_output is true by default"
        ),
        Row(
            script: "printf error >&2; exit 2",
            environment: [:],
            status: 500,
            printed: "exit status 2\nerror",
            source: "combine_output is true by default"
        ),
        Row(
            script: "printf out; printf error >&2",
            status: 200,
            contentType: "text/plain; charset=utf-8",
            printed: "out",
            source: "combine_output=false: stderr goes to the log"
        ),
    ]

    static let limits: [Row] = [
        Row(
            script: "printf out; sleep 600",
            environment: ["exec_timeout": "1s"],
            status: 408,
            printed: "Killed process.",
            source: "handler.go:116-130"
        ),
        Row(
            script: "trap '' TERM; sleep 600",
            environment: ["exec_timeout": "1"],
            status: 408,
            printed: "Killed process.",
            source: "handler.go:116-130: by SIGKILL; a bare number is seconds"
        ),
        Row(
            script: "printf out",
            environment: ["exec_timeout": "0"],
            status: 200,
            contentType: "text/plain; charset=utf-8",
            printed: "out",
            source: "exec_timeout 0 is none"
        ),
        Row(
            script: "sleep 1.1; printf out",
            environment: ["write_timeout": "1s"],
            status: nil,
            source: "write_timeout is that of Go's http.Server: an empty reply, no kill"
        ),
        Row(
            script: "sleep 1.1; exit 3",
            environment: ["write_timeout": "1s"],
            status: nil,
            source: "write_timeout is that of Go's http.Server: an empty reply, no kill"
        ),
    ]

    static let bodies: [Row] = [
        Row(
            script: "cat",
            body: "{\"a\": 1}",
            status: 200,
            contentType: "text/plain; charset=utf-8",
            printed: "{\"a\": 1}",
            source: "handler.go:45: the whole body on stdin"
        ),
        Row(
            script: "wc -c | tr -d ' \\n'",
            body: String(repeating: "x", count: 1 << 20),
            status: 200,
            contentType: "text/plain; charset=utf-8",
            printed: "1048576",
            source: "no limit to the body"
        ),
        Row(
            script: "true",
            body: "nobody reads it",
            status: 200,
            source: "handler.go:45"
        ),
        Row(
            script: "printf '{}'",
            environment: ["content_type": "application/json"],
            headers: [("Content-Type", "text/csv")],
            status: 200,
            contentType: "application/json",
            printed: "{}",
            source: "handler.go:193-202: content_type comes first"
        ),
        Row(
            script: "printf '{}'",
            headers: [("Content-Type", "text/csv")],
            status: 200,
            contentType: "text/csv",
            printed: "{}",
            source: "handler.go:193-202: then the request's own type"
        ),
        Row(
            script: "printf '\\n<!doctype html><p>'",
            status: 200,
            contentType: "text/html; charset=utf-8",
            printed: "\n<!doctype html><p>",
            source: "handler.go:193-202: then what Go finds"
        ),
        Row(
            script: "printf 'a\\001b'",
            status: 200,
            contentType: "application/octet-stream",
            printed: "a\u{1}b",
            source: "handler.go:193-202: then what Go finds"
        ),
    ]

    static let environments: [Row] = [
        Row(
            script: "env | grep -i ^http_ | sort",
            headers: [
                ("x-forwarded-FOR", "192.0.2.1:4711"), ("accept", "a/b"), ("accept", "c/d"),
                ("User-Agent", "x"), ("Content-Type", "text/plain"),
            ],
            body: "1234",
            status: 200,
            contentType: "text/plain",
            printed: """
                Http_Accept=a/b
                Http_ContentLength=4
                Http_Content_Length=4
                Http_Content_Type=text/plain
                Http_Host=127.0.0.1:8080
                Http_Method=POST
                Http_Path=/a b/c
                Http_Query=q=%20
                Http_User_Agent=x
                Http_X_Forwarded_For=192.0.2.1:4711

                """,
            source: "handler.go:224-266: Go's spelling, the first value only, the path decoded"
        ),
        Row(
            script: "env | grep -ic ^http_; true",
            environment: ["cgi_headers": "false"],
            headers: [("Accept", "a/b")],
            status: 200,
            contentType: "text/plain; charset=utf-8",
            printed: "0\n",
            source: "cgi_headers=false"
        ),
        Row(
            script: "printf \"$Http_ContentLength $GREETING\"",
            environment: ["combine_output": "false", "GREETING": "hello"],
            status: 200,
            contentType: "text/plain; charset=utf-8",
            printed: "0 hello",
            source: "the function's environment is the watchdog's and more"
        ),
        Row(
            script: "printf %s $Http_Content_Length",
            headers: [("Transfer-Encoding", "chunked")],
            body: "1234",
            status: 200,
            contentType: "text/plain; charset=utf-8",
            printed: "-1",
            source: "handler.go:224-266: -1 when chunked"
        ),
    ]

    @Test(arguments: methods + endings + limits + bodies + environments)
    func keepsTheContract(_ row: Row) throws {
        let folder = try TemporaryFolder("watchdog")
        let script = try folder.write(row.script + "\n", to: "function.sh")
        let process = "/bin/sh \(script)"
        let watchdog = Watchdog(
            StackFile.Function(name: "job", process: process, environment: row.environment),
            process: process,
            launcher: Launcher(
                binaries: "/bin",
                environment: ["PATH": "/usr/bin:/bin"],
                mark: "none"
            )
        )
        let outcome = watchdog.outcome(
            of: Invocation(
                method: row.method,
                path: Array("/a b/c".utf8),
                query: row.source.contains("path decoded") ? "q=%20" : "",
                headers: HTTPHeaders(row.headers),
                body: Array(row.body.utf8)
            )
        )
        #expect(outcome.status == row.status)
        guard case .answer(let answer) = outcome else { return }
        #expect(String(decoding: answer.body, as: UTF8.self) == row.printed)
        if row.status == 200 {
            #expect(answer.headers["Content-Type"].first == row.contentType)
            #expect(answer.headers.contains(name: "X-Duration-Seconds"))
        }
    }
}
