import Foundation
import JSON
import TestSupport
import Testing

/// Programs on AWS Lambda, with the Runtime API of AWS's own emulator.
struct LambdaTests {
    private static let schedule = """
        {"version":"0","id":"1","detail-type":"Scheduled Event","source":"aws.events","account":"1",
        "time":"2026-11-22T15:00:00Z","region":"us-east-1","resources":[],"detail":{}}
        """

    private func object(_ text: String) throws -> JSONObject {
        guard case .object(let object) = try JSONValue(parsing: Array(text.utf8)) else {
            return [:]
        }
        return object
    }

    private func text(_ value: JSONValue?) -> String {
        guard case .string(let text)? = value else { return "" }
        return text
    }

    /// An empty store, and a tree with one file.
    private func store() throws -> (TemporaryFolder, [String: String]) {
        let folder = try TemporaryFolder("lambda")
        _ = try folder.makeFolder("tree")
        try folder.write("hello", to: "tree/a.txt")
        return (
            folder,
            ["STORAGE_URL": "file://\(folder.path)/store", "TREE": "\(folder.path)/tree"]
        )
    }

    /// One event is one run with its request and result; EventBridge's own event is an empty
    /// request.
    @Test(arguments: [schedule, "{}", ""])
    func everyEventIsARunOfTheLeader(event: String) throws {
        let (folder, environment) = try store()
        defer { withExtendedLifetime(folder) {} }
        let emulator = try Emulator("leader", environment: environment)
        let result = try emulator.invoke(event)
        #expect(try object(result)["error"] == nil, "\(result)")
        #expect(try object(result)["errorType"] == nil, "\(result)")
        // A second event meets the same runtime, and gets a run of its own.
        #expect(try object(emulator.invoke(event))["errorType"] == nil)
    }

    @Test func aRunThatFailsIsAnErrorWithItsStatus() throws {
        let (folder, environment) = try store()
        defer { withExtendedLifetime(folder) {} }
        let emulator = try Emulator("checker", environment: environment)
        let refused = try object(emulator.invoke(#"{"unheard":"of"}"#))
        #expect(refused["errorType"] == "Exit.2")
        #expect(text(refused["errorMessage"]).contains("unheard"))
        let malformed = try object(emulator.invoke("[1]"))
        #expect(malformed["errorType"] == "Exit.2")
    }

    /// A run that does not end before the deadline is killed while there is still time to report
    /// it.
    @Test func aRunThatTakesTooLongIsSaidToDoSo() throws {
        let (folder, environment) = try store()
        defer { withExtendedLifetime(folder) {} }
        // A mirror list that never arrives.
        let server = try LoopbackServer { _ in Thread.sleep(forTimeInterval: 30) }
        let emulator = try Emulator(
            "leader",
            environment: environment.merging(["MIRRORS": "http://127.0.0.1:\(server.port)/list"]) {
                $1
            },
            timeout: 4
        )
        let result = try object(emulator.invoke("{}"))
        #expect(result["errorType"] == "Exit.Timeout")
        server.stop()
    }

    @Test func aRedirectorThatCannotStartSaysWhy() throws {
        let emulator = try Emulator("redirector", environment: ["REGION": "europe"])
        let result = try emulator.invoke("{}")
        #expect(try result.contains("FALLBACK_URL") || emulator.log.contains("FALLBACK_URL"))
    }

    // MARK: The redirector

    private static func functionURL(_ path: String, _ query: String = "") -> String {
        """
        {"version":"2.0","rawPath":"\(path)","rawQueryString":"\(query)","headers":
        {"host":"h.on.aws","x-forwarded-proto":"https","x-forwarded-for":"192.0.2.7",
        "cloudfront-viewer-country":"FR"},
        "requestContext":{"http":{"method":"GET","path":"\(path)","sourceIp":"192.0.2.7"}},
        "isBase64Encoded":false}
        """
    }

    private static func loadBalancer(_ path: String) -> String {
        """
        {"requestContext":{"elb":{"targetGroupArn":"arn"}},"httpMethod":"GET","path":"\(path)",
        "queryStringParameters":{"country":"fr","x":"%C3%A4"},"headers":{"host":"h",
        "x-forwarded-for":"192.0.2.7","x-forwarded-proto":"https"}\
        ,"body":"","isBase64Encoded":false}
        """
    }

    @Test func eventsOfURLsAndLoadBalancersAreRedirected() throws {
        let folder = try TemporaryFolder("redirector")
        try EdgeWorld(.plain).write(to: folder)
        let emulator = try Emulator(
            "redirector",
            environment: [
                "STORAGE_URL": "file://\(folder.path)/state", "REGION": "europe",
                "FALLBACK_URL": "https://fallback.example/all/", "HEALTH_MAX_AGE_SECONDS": "900",
            ]
        )
        let file = "/distfiles/0/package-0-1.2.3.tar.xz"
        let redirect = try object(emulator.invoke(Self.functionURL(file)))
        guard case .object(let headers)? = redirect["headers"] else {
            Issue.record("\(redirect) \(try emulator.log)")
            return
        }
        #expect(redirect["statusCode"] == 302)
        #expect(redirect["isBase64Encoded"] == false)
        #expect(text(headers["location"]).hasPrefix("https://mirror1.example/pub/gentoo\(file)"))
        #expect(headers["content-length"] == nil)

        let other = try object(emulator.invoke(Self.loadBalancer(file)))
        #expect(other["statusDescription"] == "302 Found")

        // Escapes arrive unchanged.
        let odd = try object(emulator.invoke(Self.functionURL("/x%252Fy", "a=%20")))
        guard case .object(let fallback)? = odd["headers"] else {
            Issue.record("no headers: \(odd)")
            return
        }
        #expect(text(fallback["location"]) == "https://fallback.example/all/x%252Fy?a=%20")

        let bad = try object(emulator.invoke(Self.functionURL("/x y")))
        #expect(bad["errorType"] == "Event.Unknown")
        #expect(try object(emulator.invoke("{}"))["errorType"] == "Event.Unknown")
    }
}
