import Foundation
import ObjectStorage
import TestSupport
import Testing

/// On OpenFaaS, for which the local gateway stands in: from the address that the gateway passes on
/// to the nearest mirror.
@Suite struct PlacesTests {
    @Test func theGatewaysClientMeetsTheMirrorBesideIt() throws {
        let databases = try TemporaryFolder("places")
        var cities = MaxMindWriter()
        for (first, latitude, longitude) in [
            (127, 35.7, 139.7), (198, 35.7, 139.7), (203, 50.1, 8.7),
        ] {
            let place = cities.add(
                .map([
                    (
                        "location",
                        .map([("latitude", .number(latitude)), ("longitude", .number(longitude))])
                    )
                ])
            )
            cities.insert(ipv4: (UInt8(first), 0, 0, 0), prefixLength: 8, leadingTo: place)
        }
        let path = databases.appending("city.mmdb")
        try Data(cities.bytes).write(to: URL(filePath: path))
        // Cron runs once an hour, so nothing else writes a map.
        let gateway = try GatewayProcess(
            ["--cron-only", "--minute", "3600"],
            environment: ["CITY_DB": path, "TRUSTED_PROXIES": "127.0.0.0/8"]
        )
        let port = try gateway.port(after: "local-gateway: listening")
        try FileStore(folder: gateway.storage)
            .put(BlobKey("maps/europe.map"), try PlacedMap.bytes())
        for (client, mirror) in [
            ("198.51.100.7", "tokyo"), ("203.0.113.7", "frankfurt"), ("192.0.2.7", "frankfurt"),
            ("198.51.100.7, 203.0.113.7", "frankfurt"),
        ] {
            // The gateway passes on the header that it gets. The ingress in front of it overwrites
            // that with this test's address.
            for (target, mirror) in [("/function/redirector/file", mirror), ("/file", "tokyo")] {
                var location: String?
                // The first request may arrive before the map does.
                let isThere = eventually(within: 60) {
                    let request = HTTPRequest("HEAD", target, headers: ["X-Forwarded-For": client])
                    location = try? HTTPConnection(port: port).response(to: request)["location"]
                    return location == "http://\(mirror).example/file"
                }
                #expect(isThere, "\(client) at \(target): \(location ?? "no redirect")")
            }
        }
    }
}
