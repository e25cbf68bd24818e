import Foundation
import TestSupport
import Testing

/// The stack file on the local gateway: only `template.yaml` says what runs when.
@Suite struct StackTests {
    /// A minute of cron is a second here; a check of one mirror takes seconds at its rate, so calls
    /// that run at the same time are covered.
    @Test
    func cronBringsAnEmptyStorageToRedirects() throws {
        let gateway = try GatewayProcess(
            ["--cron-only", "--minute", "1", "--idle", "2", "--queue", "16"],
            environment: ["CHECK_RATE": "150", "CHECK_FAN_OUT": "8", "CHECKER_INFLIGHT": "9"]
        )
        let port = try gateway.port(after: "local-gateway: listening")
        #expect(try FileManager.default.contentsOfDirectory(atPath: gateway.storage).isEmpty)
        func isThere(_ name: String) -> Bool {
            FileManager.default.fileExists(atPath: "\(gateway.storage)/\(name)")
        }
        for name in ["mirrors.json", "catalog/current", "health", "health.json", "maps/europe.map"]
        {
            #expect(eventually(within: 90) { isThere(name) }, "\(name): \(gateway.text)")
        }

        // From the first map on, requests for a file that mirrors have go to a mirror, in every
        // spelling. Which one it is may change with the latencies that probes measure.
        let file = "distfiles/layout.conf"
        #expect(
            try eventually(within: 90) {
                isOfMirror(try location(of: "/\(file)", at: port), file)
            },
            "\(gateway.text)"
        )
        let odd = "distfiles/\(SampleTree.oddNames[0])"
        let encoded = percentEncoded(odd.utf8)
        #expect(encoded.contains("%252F"))
        for target in ["/\(encoded)", "/function/redirector/\(encoded)"] {
            #expect(
                try eventually(within: 90) {
                    isOfMirror(try location(of: target, at: port), encoded)
                },
                "\(target)"
            )
        }

        let printed = gateway.text
        let atWork = printed.split(separator: "\n").compactMap { line -> Int? in
            guard line.hasPrefix("local-gateway: async call of checker, ") else { return nil }
            return line.split(separator: " ").dropLast(2).last.flatMap { Int($0) }
        }
        #expect((atWork.max() ?? 0) >= 4, "\(printed)")

        // Without requests it stops; with a request it starts again.
        #expect(
            eventually(within: 90) {
                gateway.text.contains("redirector is idle")
            }
        )
        #expect(eventually(within: 60) { !gateway.isRunning("redirector") })
        let clock = ContinuousClock()
        var answer: String?
        let duration = try clock.measure { answer = try location(of: "/\(file)", at: port) }
        #expect(isOfMirror(answer, file), "\(answer ?? "no redirect")")
        print("redirector: stopped to answered in \(duration / .milliseconds(1)) ms")
    }

    /// Whether a redirect leads to `path` on a mirror of the demonstration, not to the fallback.
    private func isOfMirror(_ location: String?, _ path: String) -> Bool {
        guard let location, location.hasSuffix("/\(path)") else { return false }
        return location.contains("/near-") || location.contains("/far-")
    }

    private func location(of target: String, at port: Int) throws -> String? {
        let response = try HTTPConnection(port: port).response(to: HTTPRequest("HEAD", target))
        return response.status == 302 ? response["location"] : nil
    }
}
