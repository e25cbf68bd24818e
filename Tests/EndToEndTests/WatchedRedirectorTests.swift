import Foundation
import TestSupport
import Testing

/// The redirector behind the classic watchdog, which cannot pass a redirect on.
@Suite struct WatchedRedirectorTests {
    private static let url = Redirector.fallback + "distfiles/a%2Bb%20%252F"

    static let table: [(accept: String?, printed: String)] = [
        (nil, "href=\"\(url)\""),
        ("text/html,*/*;q=0.8", "href=\"\(url)\""),
        ("application/json", #""location":"\#(url)""#),
    ]

    @Test(arguments: table)
    func printsTheLink(_ row: (accept: String?, printed: String)) throws {
        let folder = try TemporaryFolder("watched")
        var environment = [
            "REGION": "europe", "FALLBACK_URL": Redirector.fallback,
            "STORAGE_URL": "file://\(folder.path)",
            // These are the watchdog's spellings; the path is decoded.
            "Http_Method": "POST", "Http_Path": "/distfiles/a+b %2F",
            "Http_Content_Length": "0",
        ]
        environment["Http_Accept"] = row.accept
        let result = try Product.function("redirector", environment: environment).run()
        #expect(result.isSuccess, "\(result)")
        #expect(result.output.contains(row.printed), "\(result)")
        #expect(!result.output.contains("Status:"), "\(result)")
    }
}
