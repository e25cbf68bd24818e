import Foundation
import Glibc
import TestSupport
import Testing

/// The steps of `make run`, on a free port.
@Suite struct DemonstrationTests {
    @Test
    func everyLineThatItPrintsWorksAndNothingIsLeftBehind() throws {
        let gateway = try GatewayProcess()
        let port = try gateway.port(after: "local-gateway: ready")
        let printed = try gateway.printed
        #expect(printed.contains(" info leader: tree published"))
        #expect(!printed.contains(" error "), "\(printed)")

        let base = "http://127.0.0.1:\(port)"
        let lines = printed.split(separator: "\n")
        let targets = lines.compactMap { line in
            line.split(separator: " ").last.flatMap { word in
                line.contains("curl -I \(base)") ? String(word.dropFirst(base.count)) : nil
            }
        }
        #expect(targets.count >= 5)
        var destinations: Set<String> = []
        for target in targets {
            let response = try HTTPConnection(port: port).response(to: HTTPRequest("HEAD", target))
            #expect(response.status == 302, "\(target)")
            let url = try #require(URLComponents(string: response["location"] ?? ""))
            let mirror = HTTPConnection(
                host: try #require(url.host),
                port: try #require(url.port)
            )
            let file = try mirror.response(to: HTTPRequest("HEAD", url.percentEncodedPath))
            #expect(file.status == 200, "\(target) leads to \(url)")
            destinations.insert(String(url.percentEncodedPath.split(separator: "/")[0]))
        }
        // The nearest mirror, another one for the files it lacks, and the fallback.
        #expect(destinations.contains("near-missing"))
        #expect(destinations.contains("master"))
        #expect(destinations.count >= 3, "\(destinations)")

        #expect(!gateway.functions.isEmpty)
        gateway.child.signal(SIGTERM)
        #expect(gateway.child.wait(until: Date(timeIntervalSinceNow: 60)) == .exited(0))
        #expect(gateway.functions.isEmpty)
    }

    @Test
    func leavesNothingBehindWhenItIsKilled() throws {
        let gateway = try GatewayProcess()
        _ = try gateway.port(after: "local-gateway: ready")
        #expect(!gateway.functions.isEmpty)
        gateway.child.signal(SIGKILL)
        #expect(gateway.child.wait(until: Date(timeIntervalSinceNow: 60)) == .signalled(SIGKILL))
        #expect(eventually(within: 60) { gateway.functions.isEmpty })
    }
}
