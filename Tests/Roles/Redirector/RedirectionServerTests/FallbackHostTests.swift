import Testing

@testable import RedirectionServer

@Suite struct FallbackHostTests {
    @Test(arguments: [
        ("http://127.0.0.1:8080/", true), ("http://127.0.0.9:8080/a/", true),
        ("http://[::1]:8080/", true), ("http://localhost:8080/", true),
        ("http://LocalHost:8080/", true), ("http://127.0.0.1:8081/", false),
        ("http://127.0.0.1/", false), ("http://192.0.2.1:8080/", false),
        ("https://127.0.0.1:8080/", false), ("http://distfiles.example.org:8080/", false),
        ("http://[::1:8080/", false), ("http://:8080/", false), ("http://", false),
    ])
    func thisServerIsTold(url: String, isHere: Bool) {
        #expect(FallbackHost.isThisServer(url, port: 8080) == isHere)
    }

    @Test func thePortOfHTTPIsKnown() {
        #expect(FallbackHost.isThisServer("http://127.0.0.1/", port: 80))
    }
}
