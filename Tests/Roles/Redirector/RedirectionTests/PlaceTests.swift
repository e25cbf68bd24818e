import Bytes
import Mirrors
import Redirection
import RegionMapFormat
import TestSupport
import Testing

@Suite struct PlaceTests {
    private static let frankfurt = GlobePoint(latitude: 50.1, longitude: 8.7)
    private static let paris = GlobePoint(latitude: 48.9, longitude: 2.4)
    private static let tokyo = GlobePoint(latitude: 35.7, longitude: 139.7)

    private static func letters(_ text: String) -> CountryLetters? {
        CountryLetters(Array(text.utf8).span)
    }

    // MARK: - Points

    @Test func distancesAreThoseOfTheGreatCircle() throws {
        var random = SeededGenerator.forTest()
        for _ in 0..<2_000 {
            let degrees = (0..<2).map { _ in
                (
                    Double.random(in: -90...90, using: &random),
                    Double.random(in: -180...180, using: &random)
                )
            }
            let places = try degrees.map {
                try #require(GeoLocation(latitude: $0.0, longitude: $0.1))
            }
            let points = try degrees.map {
                try #require(GlobePoint(latitude: $0.0, longitude: $0.1))
            }
            let expected = places[0].kilometres(to: places[1])
            #expect(abs(points[0].kilometres(to: points[1]) - expected) < 0.5, "\(degrees)")
        }
    }

    @Test(
        arguments: [
            ("50.1,8.7", true), ("-90,180", true), ("+0.5,-179.999999999999", true), ("0,0", true),
            ("", false), (",", false), ("50.1", false), ("50.1,", false), (",8.7", false),
            ("90.1,0", false), ("0,180.1", false), ("1e3,0", false), ("nan,0", false),
            ("50.1, 8.7", false), ("5O.1,8.7", false), (".5,0", false), ("1..2,0", false),
            ("50.1,8.7,1", false), ("1000,0", false), ("-,-", false),
            ("0.000000000000000000000000001,0", false),
        ] as [(String, Bool)]
    )
    func readsPairsOfDegrees(text: String, isPlace: Bool) {
        #expect((GlobePoint(pair: Array(text.utf8).span) != nil) == isPlace)
    }

    @Test func nearIsAWish() {
        let query = RequestQuery(Array("near=50.1%2C8.7".utf8).span)
        #expect(query.preferences?.place == Self.frankfurt)
        #expect(RequestQuery(Array("near=91,0".utf8).span).preferences == nil)
    }

    // MARK: - Choice

    private func point(
        _ table: inout AccessPointTable,
        _ mirror: String,
        at sites: [GlobePoint?],
        weight: UInt32 = 100,
        maxShare: Double = 1,
        country: String = "US",
        rank: UInt32 = 0,
        kilometres: UInt16? = nil,
        latencyMilliseconds: UInt16? = nil,
        errorsPerMille: UInt16? = nil,
        lostMilliseconds: UInt16 = 0
    ) {
        let id = Array(mirror.utf8)
        let url = Array("http://\(mirror).example/".utf8)
        let known = sites.compactMap(\.self)
        table.append(
            id: id.span,
            mirror: id.span,
            baseURL: url.span,
            scheme: .http,
            load: .init(rank: rank, weight: weight, maxShare: maxShare),
            location: .init(
                country: Self.letters(country),
                site: known.first,
                otherSites: Array(known.dropFirst())
            ),
            measurements: .init(
                kilometres: kilometres,
                latencyMilliseconds: latencyMilliseconds,
                errorsPerMille: errorsPerMille,
                lostMilliseconds: lostMilliseconds
            )
        )
    }

    private func chosen(
        _ table: AccessPointTable,
        from place: GlobePoint?,
        number: Int = 0,
        limit: Int = 16,
        preferences: Preferences? = nil,
        reach: Reach = .anywhere
    ) -> [String] {
        var client = Client(
            address: IPAddress(v4: UInt32(truncatingIfNeeded: number) << 8),
            country: Self.letters("US"),
            place: place
        )
        client.reach = reach
        let path = Array("a".utf8)
        var selection = Selection()
        var chooser = Chooser(
            for: client,
            key: Rendezvous.key(network: client.address?.clientNetwork, path: path.span),
            limit: limit,
            preferences: preferences,
            into: &selection
        )
        for index in table.entries.indices {
            guard let place = preferences?.place ?? place else { return [] }
            chooser.consider(index, from: place, in: table)
        }
        chooser.finish(in: table, into: &selection)
        return (0..<selection.count).map { position in
            let id = table.id(of: table.entries[selection.accessPoint(at: position)])
            return String(decoding: id.indices.map { id[$0] }, as: UTF8.self)
        }
    }

    /// The number of clients, out of `count` at one place, that each mirror gets.
    private func loads(_ table: AccessPointTable, count: Int = 4_000) -> [String: Int] {
        var loads: [String: Int] = [:]
        for number in 0..<count {
            guard let first = chosen(table, from: Self.frankfurt, number: number, limit: 1).first
            else { continue }
            loads[first, default: 0] += 1
        }
        return loads
    }

    @Test func theNearestComesFirstWhateverItsRankAndCountry() {
        var table = AccessPointTable()
        point(&table, "tokyo", at: [Self.tokyo], country: "US", rank: 0)
        point(&table, "paris", at: [Self.paris], country: "FR", rank: 7)
        point(&table, "frankfurt", at: [Self.frankfurt], country: "DE", rank: 9)
        #expect(chosen(table, from: Self.frankfurt) == ["frankfurt", "paris", "tokyo"])
        #expect(chosen(table, from: Self.tokyo).first == "tokyo")
        #expect(chosen(table, from: Self.paris, limit: 1) == ["paris"])
    }

    @Test func oneWithoutAPlaceComesLast() {
        var table = AccessPointTable()
        point(&table, "nowhere", at: [])
        point(&table, "tokyo", at: [Self.tokyo])
        #expect(chosen(table, from: Self.frankfurt) == ["tokyo", "nowhere"])
    }

    @Test func ofSeveralSitesTheNearestCounts() {
        var table = AccessPointTable()
        point(&table, "paris", at: [Self.paris])
        point(&table, "anycast", at: [Self.tokyo, Self.frankfurt])
        #expect(chosen(table, from: Self.frankfurt) == ["anycast", "paris"])
        #expect(chosen(table, from: Self.paris).first == "paris")
    }

    @Test func equalsShareByWeightAndSitesShareTheirMirrors() {
        var table = AccessPointTable()
        point(&table, "one", at: [Self.frankfurt])
        point(&table, "two", at: [Self.frankfurt], weight: 200)
        point(&table, "anycast", at: [Self.frankfurt, Self.tokyo])
        let loads = loads(table)
        let shares = ["one", "two", "anycast"].map { Double(loads[$0] ?? 0) / 4_000 }
        for (share, expected) in zip(shares, [100 / 350.0, 200 / 350.0, 50 / 350.0]) {
            #expect(abs(share - expected) < 0.03, "\(loads)")
        }
    }

    @Test func aCapHolds() {
        var table = AccessPointTable()
        point(&table, "capped", at: [Self.frankfurt], maxShare: 0.1)
        point(&table, "paris", at: [Self.paris])
        let loads = loads(table)
        #expect(abs(Double(loads["capped"] ?? 0) / 4_000 - 0.1) < 0.02, "\(loads)")
        #expect((loads["capped"] ?? 0) + (loads["paris"] ?? 0) == 4_000)
    }

    @Test func whatIsMeasuredCountsBesideTheWay() {
        var table = AccessPointTable()
        point(&table, "slow", at: [Self.frankfurt], kilometres: 0, latencyMilliseconds: 400)
        point(&table, "failing", at: [Self.frankfurt], errorsPerMille: 900)
        point(&table, "paris", at: [Self.paris])
        #expect(chosen(table, from: Self.frankfurt) == ["paris", "failing", "slow"])
    }

    /// 1 MiB a second costs as much as 8,700 km.
    @Test func aLowThroughputCountsBesideTheWay() {
        var table = AccessPointTable()
        point(&table, "slow", at: [Self.frankfurt], lostMilliseconds: 262)
        point(&table, "slower", at: [Self.frankfurt], lostMilliseconds: 4_547)
        point(&table, "paris", at: [Self.paris])
        point(&table, "tokyo", at: [Self.tokyo])
        #expect(
            chosen(table, from: Self.frankfurt) == ["paris", "slow", "tokyo", "slower"]
                || chosen(table, from: Self.frankfurt) == ["paris", "tokyo", "slow", "slower"]
        )
        #expect(chosen(table, from: Self.tokyo).first == "tokyo")
    }

    @Test func aRequestThatComesAgainMeetsTheSameMirror() {
        var table = AccessPointTable()
        for number in 0..<9 { point(&table, "m\(number)", at: [Self.frankfurt]) }
        for number in 0..<50 {
            let first = chosen(table, from: Self.frankfurt, number: number)
            #expect(chosen(table, from: Self.frankfurt, number: number) == first)
        }
    }

    @Test func askingToBeNearSomewhereElseIsHeard() {
        var table = AccessPointTable()
        point(&table, "frankfurt", at: [Self.frankfurt])
        point(&table, "tokyo", at: [Self.tokyo])
        var preferences = Preferences()
        preferences.place = Self.tokyo
        #expect(chosen(table, from: Self.frankfurt, preferences: preferences).first == "tokyo")
        preferences.country = Self.letters("US")
        #expect(chosen(table, from: Self.frankfurt, preferences: preferences).first == "tokyo")
    }

    // MARK: - Reach

    @Test func aMirrorThatIsTooFarIsNotUsed() {
        var table = AccessPointTable()
        point(&table, "tokyo", at: [Self.tokyo])
        point(&table, "paris", at: [Self.paris])
        point(&table, "anycast", at: [Self.tokyo, Self.frankfurt])
        point(&table, "nowhere", at: [])
        // Paris is 480 km away.
        for (kilometres, expected) in [
            (100, ["anycast", "nowhere"]), (470, ["anycast", "nowhere"]),
            (490, ["anycast", "paris", "nowhere"]), (9_000, ["anycast", "paris", "nowhere"]),
            (9_500, ["anycast", "paris", "tokyo", "nowhere"]),
            (20_015, ["anycast", "paris", "tokyo", "nowhere"]),
        ] as [(Int64, [String])] {
            let reach = Reach(kilometres: kilometres)
            #expect(chosen(table, from: Self.frankfurt, reach: reach) == expected, "\(kilometres)")
        }
    }

    /// The fallback host answers and says why; a page says so about the mirror.
    @Test func whereNobodyIsNearTheFallbackAnswers() throws {
        var writer = RegionMapWriter(regionID: "test", catalogGeneration: 1, builtAt: 0)
        for (mirror, networks) in [("tokyo", []), ("own", [RegionMapNetwork(system: 64_500)])] {
            try writer.addAccessPoint(
                RegionMapAccessPoint(
                    id: mirror,
                    mirrorID: mirror,
                    mirrorName: "",
                    baseURL: "http://\(mirror).example/",
                    clientCountries: "",
                    scheme: .http,
                    location: RegionMapLocation(
                        latitudeMicrodegrees: 35_700_000,
                        longitudeMicrodegrees: 139_700_000
                    ),
                    networks: networks
                )
            )
        }
        try writer.add(path: Array("both".utf8), replicas: [0, 1])
        try writer.add(path: Array("none".utf8), replicas: [])
        var settings = AnswerSettings(fallbackURL: Array("http://fallback.example/".utf8))
        settings.trustedProxies = try #require(TrustedProxies("192.0.2.1"))
        settings.reach = Reach(kilometres: 5_000)
        var responder = Responder(settings: settings, metrics: Metrics())
        responder.snapshot = try Snapshot(
            map: StableBytes(copying: try writer.finished()),
            verifying: true,
            health: nil
        )
        func answer(_ target: String, _ headers: String...) throws -> AnswerText {
            let lines = headers.map { "\($0)\r\n" }.joined()
            let bytes = Array("GET \(target) HTTP/1.1\r\nHost: h\r\n\(lines)\r\n".utf8)
            var parser = RequestParser()
            guard case .head(let head) = parser.parse(bytes.span) else {
                throw RequestError.malformedHeader
            }
            var answer: [UInt8] = []
            _ = responder.answer(
                head,
                in: bytes.span,
                from: Responder.Peer(address: IPAddress("192.0.2.1")),
                now: 0,
                closing: false,
                to: &answer
            )
            return AnswerText(answer)
        }
        let frankfurt = ["CF-IPLatitude: 50.1", "CF-IPLongitude: 8.7"]
        let far = try answer("/both", frankfurt[0], frankfurt[1])
        #expect(far.fields["location"] == "http://fallback.example/both")
        #expect(far.fields["redirector"] == "fallback; reason=no-mirror-near")
        let none = try answer("/none", frankfurt[0], frankfurt[1])
        #expect(none.fields["redirector"] == "fallback; reason=no-replica")
        // A client of unknown place, or one that claims to be near, is sent there.
        #expect(try answer("/both").fields["redirector"] == "mirror")
        #expect(try answer("/both?near=35,139").fields["redirector"] == "mirror")
        #expect(
            try answer("/both?near=50,8").fields["redirector"] == "fallback; reason=no-mirror-near"
        )
        let member = try answer(
            "/both",
            frankfurt[0],
            frankfurt[1],
            "CloudFront-Viewer-ASN: 64500"
        )
        #expect(member.fields["location"] == "http://own.example/both")
    }
}
