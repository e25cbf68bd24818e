import Testing

@testable import FunctionRuntime

@Suite struct SpellingTests {
    static let cases: [(text: String, meant: String?)] = [
        ("MAX_LINK", "MAX_LINKS"), ("MAXLINKS", "MAX_LINKS"), ("max_links", "MAX_LINKS"),
        ("STORAGE_ULR", "STORAGE_URL"), ("RETRY_SECOND", "RETRY_SECONDS"), ("TREE", "TREE"),
        ("TRE", "TREE"), ("TERM", nil), ("RETRIES", nil), ("", nil), ("LINKS", nil),
    ]

    @Test(arguments: cases) func theNearestNameIsFound(text: String, meant: String?) {
        let names = ["MAX_LINKS", "STORAGE_URL", "RETRY_SECONDS", "TREE"]
        #expect(Spelling.nearest(to: text, among: names) == meant)
    }

    @Test func warnsOfAMisspeltSetting() {
        let environment = Environment([
            "MAX_LINK": "3", "LISTEN": "::", "PATH": "/bin", "HOME": "/", "S3_REGON": "x",
            "PORTS": "1", "HTTPS": "on", "https_proxy": "x", "OTHER": "", "LISTNE": "",
        ])
        let found = environment.misspelt.map { "\($0.name): \($0.nearest)" }
        #expect(found == ["MAX_LINK: MAX_LINKS", "PORTS: PORT", "S3_REGON: S3_REGION"])
    }
}
