import Foundation
import FunctionRuntime
import Linux
import ObjectStorage
import RedirectionServer
import TestSupport
import Testing
import Time

/// From the address in X-Forwarded-For to the mirror, with databases, as a server and as CGI.
@Suite struct PlacePathTests {
    /// Databases with 198.51.100.0/24 in Tokyo and in AS64500, and 203.0.113.0/24 in Frankfurt; and
    /// a map with a mirror in each city, and one that serves AS64500.
    private let folder: TemporaryFolder
    private let environment: [String: String]

    init() throws {
        folder = try TemporaryFolder("places")
        var cities = MaxMindWriter()
        var systems = MaxMindWriter()
        func city(_ country: String, _ latitude: Double, _ longitude: Double) -> MaxMindWriter.Value
        {
            .map([
                ("country", .map([("iso_code", .string(country))])),
                (
                    "location",
                    .map([("latitude", .number(latitude)), ("longitude", .number(longitude))])
                ),
            ])
        }
        let tokyo = cities.add(city("JP", 35.7, 139.7))
        let frankfurt = cities.add(city("DE", 50.1, 8.7))
        cities.insert(ipv4: (198, 51, 100, 0), prefixLength: 24, leadingTo: tokyo)
        cities.insert(ipv4: (203, 0, 113, 0), prefixLength: 24, leadingTo: frankfurt)
        let system = systems.add(.map([("autonomous_system_number", .unsigned(64_500))]))
        systems.insert(ipv4: (203, 0, 113, 128), prefixLength: 25, leadingTo: system)
        try Data(cities.bytes).write(to: URL(filePath: folder.appending("city.mmdb")))
        try Data(systems.bytes).write(to: URL(filePath: folder.appending("asn.mmdb")))
        try FileStore(folder: folder.appending("store"))
            .put(BlobKey("maps/europe.map"), try PlacedMap.bytes())
        environment = [
            "REGION": "europe", "FALLBACK_URL": "https://fallback.example/",
            "STORAGE_URL": "file://\(folder.appending("store"))",
            "TRUSTED_PROXIES": "127.0.0.0/8", "RETRY_SECONDS": "0", "LISTEN": "127.0.0.1",
            "PORT": "0",
            "CITY_DB": folder.appending("city.mmdb"), "ASN_DB": folder.appending("asn.mmdb"),
        ]
    }

    /// The client's place in the databases decides its mirror, unless a proxy says otherwise.
    private static let expected: [(headers: [String: String], mirror: String)] = [
        (["X-Forwarded-For": "198.51.100.7"], "tokyo"),
        (["X-Forwarded-For": "203.0.113.7"], "frankfurt"),
        (["X-Forwarded-For": "203.0.113.200"], "network"),
        // Nothing is known about it, so the region's order applies.
        (["X-Forwarded-For": "192.0.2.7"], "frankfurt"),
        // Whatever a client wrote before the proxy did is ignored.
        (["X-Forwarded-For": "198.51.100.7, 203.0.113.7"], "frankfurt"),
        (
            [
                "X-Forwarded-For": "198.51.100.7", "CF-IPLatitude": "50", "CF-IPLongitude": "8",
            ], "frankfurt"
        ),
        (["X-Forwarded-For": "198.51.100.7", "CloudFront-Viewer-ASN": "64500"], "network"),
    ]

    @Test func aServerTakesThePlaceFromItsHeaders() throws {
        let server = try RedirectionServer(RedirectorSettings(Environment(environment)))
        defer { server.shutDown() }
        for (headers, mirror) in Self.expected {
            let response = try HTTPConnection(port: server.port)
                .response(to: HTTPRequest("GET", "/file", headers: headers))
            #expect(response["location"] == "http://\(mirror).example/file", "\(headers)")
        }
    }

    @Test func cgiTakesThePlaceFromItsVariables() throws {
        let settings = try RedirectorSettings(Environment(environment))
        for (headers, mirror) in Self.expected {
            var variables = [
                "REQUEST_METHOD": "GET", "PATH_INFO": "/file", "REMOTE_ADDR": "127.0.0.1",
            ]
            for (name, value) in headers {
                variables["HTTP_" + name.uppercased().replacing("-", with: "_")] = value
            }
            let bytes = try CGIProgram.answer(settings, now: .now) { name in
                variables[name].map { Array($0.utf8) }
            }
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(text.contains("\r\nLocation: http://\(mirror).example/file\r\n"), "\(headers)")
        }
        // The web server itself knows the client.
        let own = try CGIProgram.answer(settings, now: .now) { name in
            ["REQUEST_METHOD": "GET", "PATH_INFO": "/file", "REMOTE_ADDR": "198.51.100.7"][name]
                .map { Array($0.utf8) }
        }
        #expect(
            String(decoding: own, as: UTF8.self).contains("Location: http://tokyo.example/file")
        )
    }

    /// An answer may then go to another client, so neither place nor network counts.
    @Test func notWhereCachesKeepAnswers() throws {
        let values = environment.merging(["REDIRECT_MAX_AGE": "60"]) { $1 }
        let settings = try RedirectorSettings(Environment(values))
        for (headers, _) in Self.expected {
            let bytes = try CGIProgram.answer(settings, now: .now) { name in
                let variables = [
                    "REQUEST_METHOD": "GET", "PATH_INFO": "/file", "REMOTE_ADDR": "127.0.0.1",
                    "HTTP_X_FORWARDED_FOR": headers["X-Forwarded-For"] ?? "",
                    "HTTP_CLOUDFRONT_VIEWER_ASN": "64500",
                ]
                return variables[name].map { Array($0.utf8) }
            }
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(text.contains("Location: http://frankfurt.example/file"), "\(headers)")
        }
    }
}
