import Foundation
import JSON
import TestSupport
import Testing

/// `REGION=auto` at the edge: the map of the client's country, with several maps in one bucket.
struct RegionTests {
    private static let file = "/distfiles/0/package-0-1.2.3.tar.xz"

    /// A `regions.json` with names and their countries.
    private static func regions(_ regions: KeyValuePairs<String, [String]>) -> String {
        let list = regions.map { name, countries -> JSONValue in
            [
                "name": .string(name), "location": ["latitude": 50, "longitude": 8],
                "countries": .array(countries.map { .string($0) }),
            ]
        }
        return "\(JSONValue.object(["version": 1, "regions": .array(list)]))"
    }

    private static let usual = regions([
        "Europe": ["DE", "FR"], "North America": ["US", "CA"], "Asia": ["JP"],
    ])

    /// A distribution with the maps of `worlds`; storage is checked on each request.
    private func distribution(
        regions: String? = usual,
        worlds: [String] = ["europe", "north-america"],
        defaultRegion: String = "europe",
        replicaIn replica: String = "eu-central-1",
        certificate: (PrivateAuthority, PrivateAuthority.Certificate)? = nil
    ) throws -> (CloudFront, TemporaryFolder) {
        let folder = try TemporaryFolder("regions")
        for world in worlds { try EdgeWorld(.plain, region: world).write(to: folder) }
        if let regions { try folder.write(regions, to: "state/regions.json") }
        let cloudFront = try CloudFront(
            folder,
            CloudFront.Policy(),
            configuration: [
                "FALLBACK_URL": "https://fallback.example/all/", "REGION": "auto",
                "DEFAULT_REGION": .string(defaultRegion), "MAP_REFRESH_SECONDS": "0",
            ],
            certificate: certificate,
            replicaIn: replica
        )
        return (cloudFront, folder)
    }

    /// The host that a client in `country` is finally redirected to: on a busy machine the first
    /// answers may be the fallback's.
    private func host(
        _ cloudFront: CloudFront,
        _ country: String?,
        becomes expected: (String) -> Bool
    ) throws -> String {
        let headers = country.map { ["X-Test-Country": $0] } ?? [:]
        var host = ""
        _ = eventually(within: 60, every: 0.05) {
            guard let answer = try? cloudFront.get(Self.file, headers), answer.status == 302 else {
                host = "no redirect"
                return true
            }
            host =
                answer["location"]?.split(separator: "/").dropFirst().first.map(String.init) ?? ""
            return expected(host)
        }
        return host
    }

    private static func isEuropean(_ host: String) -> Bool {
        host.hasPrefix("mirror") && host.split(separator: ".").count == 2
    }

    private static func isAmerican(_ host: String) -> Bool {
        host.hasSuffix("north-america.example")
    }

    @Test func aClientGetsTheMapOfItsCountry() throws {
        let (cloudFront, _) = try distribution()
        for country in ["DE", "fr"] {
            let host = try host(cloudFront, country, becomes: Self.isEuropean)
            #expect(Self.isEuropean(host), "\(country): \(host)")
        }
        for country in ["US", "CA"] {
            let host = try host(cloudFront, country, becomes: Self.isAmerican)
            #expect(Self.isAmerican(host), "\(country): \(host)")
        }
        // A region without requests costs nothing.
        guard case .object(let keys)? = try cloudFront.control()["keys"] else {
            Issue.record("no keys")
            return
        }
        #expect(keys["maps/asia.map"] == nil)
        #expect(keys["maps/north-america.map"] != nil)
    }

    /// No country, one that does not exist, and one that no region claims.
    @Test(arguments: [nil, "XX", "BR"] as [String?])
    func anUnknownCountryIsThatOfTheReplica(country: String?) throws {
        let (near, _) = try distribution(replicaIn: "us-east-1")
        #expect(Self.isAmerican(try host(near, country, becomes: Self.isAmerican)))
        // A replica in a place that is not a region gets the default region.
        let (far, _) = try distribution(replicaIn: "sa-east-1")
        #expect(Self.isEuropean(try host(far, country, becomes: Self.isEuropean)))
    }

    @Test func aRegionWithoutAMapIsServedByTheDefaultRegions() throws {
        let (cloudFront, folder) = try distribution()
        #expect(Self.isEuropean(try host(cloudFront, "JP", becomes: Self.isEuropean)))
        // It uses the map of its own region as soon as there is one.
        try EdgeWorld(.plain, region: "asia").write(to: folder)
        let host = try host(cloudFront, "JP") { $0.hasSuffix("asia.example") }
        #expect(host.hasSuffix("asia.example"), "\(host)")
    }

    @Test func changedRegionsCountInALivingSandbox() throws {
        let (cloudFront, folder) = try distribution()
        #expect(Self.isAmerican(try host(cloudFront, "CA", becomes: Self.isAmerican)))
        #expect(Self.isEuropean(try host(cloudFront, "FR", becomes: Self.isEuropean)))
        // Different countries, and a different order.
        try folder.write(
            Self.regions(["North America": ["US", "FR"], "Europe": ["DE", "CA"]]),
            to: "state/regions.json"
        )
        #expect(Self.isEuropean(try host(cloudFront, "CA", becomes: Self.isEuropean)))
        #expect(Self.isAmerican(try host(cloudFront, "FR", becomes: Self.isAmerican)))
        // A file that cannot be read, or lacks the default region, changes nothing.
        for wrong in ["{", Self.regions(["Asia": ["US", "DE"]])] {
            try folder.write(wrong, to: "state/regions.json")
            #expect(Self.isEuropean(try host(cloudFront, "CA", becomes: Self.isEuropean)))
            #expect(Self.isAmerican(try host(cloudFront, "FR", becomes: Self.isAmerican)))
        }
        #expect(try cloudFront.log.contains("the last good version stays: regions.json"))
    }

    @Test func withoutRegionsTheyAreTheContinents() throws {
        let (cloudFront, _) = try distribution(regions: nil)
        #expect(Self.isAmerican(try host(cloudFront, "MX", becomes: Self.isAmerican)))
        #expect(Self.isEuropean(try host(cloudFront, "TR", becomes: Self.isEuropean)))
    }

    @Test func nothingInTheBucketMeansTheFallback() throws {
        let (cloudFront, _) = try distribution(regions: nil, worlds: [])
        for country in ["DE", "US", nil] {
            let host = try host(cloudFront, country) { $0 == "fallback.example" }
            #expect(host == "fallback.example")
        }
    }

    /// A function without the URL of the state asks the distribution that calls it, over TLS.
    @Test func withoutAURLTheStateIsTheDistributions() throws {
        let authority = try PrivateAuthority()
        let certificate = try authority.certificate(for: "IP:127.0.0.1")
        let (cloudFront, _) = try distribution(certificate: (authority, certificate))
        #expect(Self.isAmerican(try host(cloudFront, "US", becomes: Self.isAmerican)))
        #expect(Self.isEuropean(try host(cloudFront, "DE", becomes: Self.isEuropean)))
        // If the state goes down later, nothing changes.
        try cloudFront.control(state: "down")
        #expect(Self.isAmerican(try host(cloudFront, "US", becomes: Self.isAmerican)))
        #expect(try cloudFront.get("/?mirrorlist").status == 200)
        // A certificate that is not trusted leads to the fallback, and to no error.
        let stranger = try PrivateAuthority()
        let (other, _) = try distribution(certificate: (stranger, certificate))
        for _ in 0..<3 {
            #expect(
                try other.get(Self.file)["location"] == "https://fallback.example/all\(Self.file)"
            )
        }
    }
}
