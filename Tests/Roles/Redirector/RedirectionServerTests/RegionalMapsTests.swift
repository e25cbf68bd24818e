import FunctionRuntime
import Linux
import ObjectStorage
import Redirection
import RedirectionServer
import TestSupport
import Testing

/// One deployment that serves many countries.
@Suite struct RegionalMapsTests {
    private func fixture() throws -> ServerFixture {
        let fixture = try ServerFixture { settings in
            settings.region = "auto"
            settings.defaultRegion = "europe"
            settings.answers.trustedProxies = TrustedProxies("127.0.0.0/8") ?? .none
        }
        // It comes after the start and is loaded at the first request.
        try fixture.store.put(BlobKey("maps/asia.map"), try ServerFixture.map(mirror: "asian"))
        return fixture
    }

    private func location(
        _ client: LoopbackClient,
        _ target: String,
        country: String?
    ) throws -> String? {
        let header = country.map { "CF-IPCountry: \($0)\r\n" } ?? ""
        try client.send("GET \(target) HTTP/1.1\r\nHost: h\r\n\(header)\r\n")
        return try client.answer().head.split(separator: "\r\n")
            .first { $0.hasPrefix("Location: ") }.map { String($0.dropFirst(10)) }
    }

    @Test func eachCountryIsAnsweredFromItsRegionsMap() throws {
        let fixture = try fixture()
        let client = try fixture.client()
        for _ in 0..<3 {
            for (country, mirror) in [
                ("DE", "first"), ("JP", "asian"), (nil, "first"), ("XX", "first"),
                // There is no map of South America, so that of the default region stands in.
                ("BR", "first"),
            ] as [(String?, String)] {
                let location = try location(client, "/file", country: country)
                #expect(location == "http://\(mirror).example/file", "\(country ?? "nowhere")")
            }
            let wished = try location(client, "/file?country=jp", country: "DE")
            #expect(wished == "http://asian.example/file")
        }
    }

    @Test func aNewMapOfARegionThatIsInUseIsTakenUp() throws {
        let fixture = try fixture()
        let client = try fixture.client()
        #expect(try location(client, "/file", country: "JP") == "http://asian.example/file")
        try fixture.store.put(
            BlobKey("maps/asia.map"),
            try ServerFixture.map(mirror: "newer", generation: 2)
        )
        #expect(
            try eventually(within: 30) {
                try location(client, "/file", country: "JP") == "http://newer.example/file"
            }
        )
        #expect(try location(client, "/file", country: "DE") == "http://first.example/file")
    }

    @Test func pagesAreThoseOfTheClientsRegion() throws {
        let fixture = try fixture()
        let client = try fixture.client()
        try client.send("GET /file?mirrorlist HTTP/1.1\r\nHost: h\r\nCF-IPCountry: JP\r\n\r\n")
        let page = try client.answer()
        #expect(page.head.hasPrefix("HTTP/1.1 200 OK"))
        #expect(page.body.contains("http://asian.example/file"))
        try client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try client.answer().body.contains("north-america, south-america"))
    }

    @Test func aCGIProgramAnswersFromTheClientsRegion() throws {
        let fixture = try fixture()
        var settings = RedirectorSettings(
            region: "auto",
            answers: AnswerSettings(
                fallbackURL: Array("https://fallback.example/".utf8),
                trustedProxies: try #require(TrustedProxies("127.0.0.0/8"))
            )
        )
        settings.storageURL = "file://\(fixture.store.folder)"
        settings.defaultRegion = "europe"
        let environment = [
            "REQUEST_METHOD": "GET", "PATH_INFO": "/file", "REMOTE_ADDR": "127.0.0.1",
            "HTTP_X_COUNTRY_CODE": "JP",
        ]
        let bytes = try CGIProgram.answer(settings, now: .now) { name in
            environment[name].map { Array($0.utf8) }
        }
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.contains("Location: http://asian.example/file\r\n"))
    }

    @Test func anUnknownDefaultRegionIsRefused() throws {
        var settings = RedirectorSettings(
            region: "auto",
            answers: AnswerSettings(fallbackURL: Array("https://fallback.example/".utf8))
        )
        settings.storageURL = "file:///nonexistent"
        settings.defaultRegion = "atlantis"
        #expect(throws: FunctionError.self) {
            try CGIProgram.answer(settings, now: .now) { _ in nil }
        }
    }
}
