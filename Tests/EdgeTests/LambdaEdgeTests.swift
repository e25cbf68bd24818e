import Foundation
import JSON
import TestSupport
import Testing

/// The handler of Lambda@Edge behind a double of CloudFront, which answers 502 when CloudFront
/// would.
struct LambdaEdgeTests {
    private static let file = "/distfiles/0/package-0-1.2.3.tar.xz"

    /// A distribution whose bucket holds `world`, except for the keys in `without`.
    private func distribution(
        _ world: EdgeWorld,
        without keys: [String] = [],
        _ change: (inout JSONObject, inout CloudFront.Policy) -> Void = { _, _ in }
    ) throws -> (CloudFront, TemporaryFolder) {
        let folder = try TemporaryFolder("cloudfront")
        try world.write(to: folder)
        for key in keys {
            try FileManager.default.removeItem(atPath: folder.appending("state/\(key)"))
        }
        var policy = try CloudFront.Policy()
        var configuration = EdgeWorld.configuration
        change(&configuration, &policy)
        return (try CloudFront(folder, policy, configuration: configuration), folder)
    }

    @Test func everyKindOfRequestIsAnswered() throws {
        let (cloudFront, _) = try distribution(EdgeWorld(.plain))
        let german = ["X-Test-Country": "DE"]
        let redirect = try cloudFront.get(Self.file, german)
        #expect(redirect.status == 302)
        #expect(redirect["location"]?.hasPrefix("https://mirror0.example/") == true)
        #expect(redirect["redirector"] == "mirror")
        let plain = german.merging(["X-Test-Scheme": "http"]) { $1 }
        #expect(try cloudFront.get(Self.file, plain)["location"]?.hasPrefix("http://") == true)
        #expect(try cloudFront.get("/", german).status == 200)
        #expect(try cloudFront.get("\(Self.file)?meta4").status == 200)
        #expect(try cloudFront.get("\(Self.file).mirrorlist").status == 200)
        let digests = try cloudFront.get(Self.file, ["Want-Repr-Digest": "sha-256=1"])
        #expect(digests["repr-digest"]?.hasPrefix("sha-256=:") == true)
        let explanation = try cloudFront.get("\(Self.file)?explain", ["X-Test-Country": "US"])
        #expect(String(decoding: explanation.body, as: UTF8.self).contains("mirror3"))
        let unknown = try cloudFront.get("/nowhere/%C3%A4%252F+?a=b")
        #expect(unknown["location"] == "https://fallback.example/all/nowhere/%C3%A4%252F%2B?a=b")
        #expect(try cloudFront.get("/a%2Fb").status == 400)
    }

    /// With the template's policies, and for a cache without them, where only the country decides.
    @Test func placeAndNetworkChooseUnlessACacheKeepsAnswers() throws {
        let (cloudFront, _) = try distribution(EdgeWorld(.plain))
        func location(
            _ cloudFront: CloudFront,
            _ viewer: [String: String]
        ) throws -> String? {
            let german = ["X-Test-Country": "DE"]
            return try cloudFront.get(Self.file, german.merging(viewer) { $1 })["location"]
        }
        for (latitude, mirror) in EdgeWorld.mirrorsByLatitude {
            let place = ["X-Test-Latitude": "\(latitude)", "X-Test-Longitude": "8"]
            #expect(try location(cloudFront, place)?.hasPrefix("https://\(mirror).") == true)
        }
        let member = try location(cloudFront, ["X-Test-ASN": "64500"])
        #expect(member?.hasPrefix("https://mirror2.") == true)
        let forged = try location(
            cloudFront,
            ["CloudFront-Viewer-ASN": "64500", "CloudFront-Viewer-Latitude": "63"]
        )
        #expect(forged?.hasPrefix("https://mirror0.") == true)
        let (kept, _) = try distribution(EdgeWorld(.plain)) { configuration, policy in
            configuration["REDIRECT_MAX_AGE"] = "60"
            policy.originHeaders = []
            policy.maxTTL = 60
        }
        let place = ["X-Test-Latitude": "63", "X-Test-Longitude": "8", "X-Test-ASN": "64500"]
        #expect(try location(kept, place) == location(kept, [:]))
        #expect(try kept.control()["hits"] == .integer(1))
    }

    /// Only what the template lists is available from the bucket.
    @Test func stateThatTheEdgeDoesNotReadIsNotServed() throws {
        let (cloudFront, folder) = try distribution(EdgeWorld(.weighted))
        _ = try folder.makeFolder("state/catalog")
        for key in ["mirrors.json", "catalog/current", "maps/europe.json"] {
            try folder.write("secret", to: "state/\(key)")
            #expect(try cloudFront.get("/_/state/\(key)").status == 403)
        }
        #expect(try cloudFront.get("/_/state/maps/europe.map").status == 200)
        #expect(
            try CloudFront.Policy().readable
                == [
                    "maps/*.map", "maps/holders", "health", "details/*", "regions.json", "status/*",
                ]
        )
    }

    /// The map does not list the mirror for the file, but a blob that only such requests read does.
    @Test func aMirrorThatTheMapDoesNotListIsFoundByName() throws {
        let file = "/distfiles/8/package-8-1.2.3.tar.xz"
        let american = ["X-Test-Country": "US"]
        let mirror = EdgeWorld.unlistedMirror
        let (cloudFront, _) = try distribution(EdgeWorld(.plain))
        let asked = try cloudFront.get("\(file)?mirror=\(mirror)", american)
        #expect(asked["location"]?.hasPrefix("https://\(mirror).example/") == true, "\(asked)")
        #expect(asked["redirector"] == "mirror")
        let plain = try cloudFront.get(file, american)
        #expect(plain["redirector"] == "mirror")
        #expect(plain["location"]?.hasPrefix("https://\(mirror).") == false)
        let (without, _) = try distribution(EdgeWorld(.plain), without: ["maps/holders"])
        let unknown = try without.get("\(file)?mirror=\(mirror)", american)
        #expect(unknown["location"] == plain["location"])
    }

    @Test func statusPagesAreServedAsTheyAreInTheBucket() throws {
        let (cloudFront, folder) = try distribution(EdgeWorld(.plain))
        _ = try folder.makeFolder("state/status/mirrors")
        let page = "<!DOCTYPE html><title>Mirrors – état</title>"
        try folder.write(page, to: "state/status/index.html")
        try folder.write("<svg/>", to: "state/status/mirrors/one.svg")
        for path in ["/_/status/", "/_/status/index.html"] {
            let answer = try cloudFront.get(path)
            #expect(answer.status == 200)
            #expect(answer["content-type"] == "text/html; charset=utf-8")
            #expect(String(decoding: answer.body, as: UTF8.self) == page)
        }
        let picture = try cloudFront.get("/_/status/mirrors/one.svg")
        #expect(picture["content-type"]?.hasPrefix("image/svg+xml") == true)
        // Names that clients make up cost no more than a few checks, and lead nowhere else.
        for path in ["nothing.html", ".hidden"] {
            #expect(try cloudFront.get("/_/status/\(path)").status == 404)
        }
        for number in 0..<100 {
            #expect(try cloudFront.get("/_/status/\(number).html").status == 404)
        }
        #expect(try cloudFront.get(Self.file)["redirector"] == "mirror")
    }

    @Test(arguments: ["down", "slow", "torn"])
    func storageThatFailsIsNoErrorOfAClient(mode: String) throws {
        let (cloudFront, folder) = try distribution(EdgeWorld(.plain)) { configuration, _ in
            configuration["MAP_REFRESH_SECONDS"] = "0"
        }
        #expect(try cloudFront.get(Self.file)["redirector"] == "mirror")
        try cloudFront.control(state: mode)
        try Data("another".utf8)
            .write(to: URL(fileURLWithPath: folder.appending("state/maps/europe.map")))
        for _ in 0..<3 {
            let answer = try cloudFront.get(Self.file)
            #expect(answer.status == 302)
            #expect(answer["redirector"] == "mirror")
        }
        // A damaged map does not replace the good one either.
        try cloudFront.control(state: "ok")
        #expect(try cloudFront.get(Self.file)["redirector"] == "mirror")
        #expect(try cloudFront.log.contains("the last good version stays"))
    }

    @Test func whatNothingIsKnownOfGoesToTheFallback() throws {
        let (cloudFront, folder) = try distribution(
            EdgeWorld(.plain),
            without: ["maps/europe.map", "health"]
        ) { configuration, _ in
            configuration["MAP_REFRESH_SECONDS"] = "0"
        }
        let answer = try cloudFront.get(Self.file)
        #expect(answer.status == 302)
        #expect(answer["location"] == "https://fallback.example/all\(Self.file)")
        // When there is a map, the next check finds it.
        try EdgeWorld(.plain).write(to: folder)
        #expect(try cloudFront.get(Self.file)["redirector"] == "mirror")
    }

    @Test func unchangedStateIsAskedForConditionally() throws {
        let (cloudFront, _) = try distribution(EdgeWorld(.plain)) { configuration, _ in
            configuration["MAP_REFRESH_SECONDS"] = "0"
        }
        for _ in 0..<4 { _ = try cloudFront.get(Self.file) }
        let counts = try cloudFront.control()
        // The first check of each blob fetches it; three or four checks of two blobs change
        // nothing.
        guard case .integer(let asked)? = counts["state"],
            case .integer(let unchanged)? = counts["notModified"]
        else {
            Issue.record("\(counts)")
            return
        }
        #expect(asked - unchanged == 2)
        #expect(unchanged >= 6)
    }

    @Test func aCacheKeepsOneAnswerForACountry() throws {
        let (cloudFront, _) = try distribution(EdgeWorld(.plain)) { configuration, policy in
            configuration["REDIRECT_MAX_AGE"] = "60"
            policy.originHeaders = []
            policy.maxTTL = 60
        }
        var locations: [String: String] = [:]
        for country in ["DE", "FR", "DE", "FR", "DE"] {
            let answer = try cloudFront.get(Self.file, ["X-Test-Country": country])
            let known = locations[country]
            #expect(known == nil || known == answer["location"])
            locations[country] = answer["location"]
        }
        #expect(try cloudFront.control()["hits"] == .integer(3))
        #expect(locations["DE"] != locations["FR"])
    }

    /// A sandbox may be frozen between two requests for any length of time: here for longer than
    /// the map is good for, so that a look at storage is due when it thaws.
    @Test func aSandboxThatWasFrozenGoesOn() throws {
        let (cloudFront, _) = try distribution(EdgeWorld(.plain)) { configuration, _ in
            configuration["MAP_REFRESH_SECONDS"] = "1"
        }
        for _ in 0..<3 {
            #expect(try cloudFront.get(Self.file)["redirector"] == "mirror")
            cloudFront.signal(SIGSTOP)
            Thread.sleep(forTimeInterval: 1.2)
            cloudFront.signal(SIGCONT)
        }
        #expect(try cloudFront.get(Self.file)["redirector"] == "mirror")
    }

    @Test func headersCannotBeInjected() throws {
        let result = try EdgeModule.run("injection.mjs", [EdgeModule.hosts])
        #expect(result.isSuccess, "\(result)")
    }
}
