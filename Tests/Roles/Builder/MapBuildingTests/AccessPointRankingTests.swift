import MapBuilding
import Mirrors
import Testing

@Suite struct AccessPointRankingTests {
    static let places: [String: GeoLocation?] = [
        "DE": GeoLocation(latitude: 51, longitude: 10),
        "NL": GeoLocation(latitude: 52.4, longitude: 4.9),
        "PL": GeoLocation(latitude: 52.2, longitude: 21),
        "US": GeoLocation(latitude: 40, longitude: -95),
    ]

    private static func locate(_ country: CountryCode) -> GeoLocation? {
        places[country.letters] ?? nil
    }

    private func region(_ countries: [String] = []) throws -> Region {
        Region(
            id: "here",
            name: "Here",
            location: try #require(GeoLocation(latitude: 51, longitude: 10)),
            countries: countries.compactMap { CountryCode($0) }
        )
    }

    private func candidate(
        _ id: String,
        _ country: String,
        at locations: [GeoLocation?] = [],
        latency: Int? = nil,
        errors: Int? = nil,
        lag: Int? = nil,
        throughput: Int? = nil,
        place: AddressPlace? = nil
    ) throws -> AccessPointRanking.Candidate {
        let point = AccessPoint(
            id: "\(id)-https",
            scheme: .https,
            baseURL: "https://\(id)/",
            place: place
        )
        return .init(
            mirror: Mirror(
                id: id,
                name: id,
                country: try #require(CountryCode(country)),
                region: "europe",
                locations: locations.compactMap(\.self),
                accessPoints: [point]
            ),
            accessPoint: point,
            measurements: Measurements(
                latencyMilliseconds: latency,
                errorsPerMille: errors,
                lagMinutes: lag,
                kibibytesPerSecond: throughput
            )
        )
    }

    private func ranked(
        _ candidates: [AccessPointRanking.Candidate],
        _ viewpoint: Viewpoint
    ) -> [RankedAccessPoint] {
        AccessPointRanking.ranked(candidates, from: viewpoint, locate: Self.locate)
    }

    @Test func putsTheNearestFirst() throws {
        let ranked = ranked(
            [try candidate("us", "US"), try candidate("pl", "PL"), try candidate("de", "DE")],
            Viewpoint(try region())
        )
        #expect(ranked.map(\.mirror.id) == ["de", "pl", "us"])
        #expect(ranked.map(\.rank) == [0, 1, 2])
        #expect(ranked.map(\.score.basis) == [.distance, .distance, .distance])
    }

    /// The Netherlands are 380 km away, which adds 11 ms to the 20 ms that every request takes.
    @Test func putsTheSameCountryBeforeEqualDistance() throws {
        let near = try candidate("de", "DE")
        let amsterdam = try candidate("nl", "NL", at: [GeoLocation(latitude: 51, longitude: 11)])
        let ranked = ranked([near, amsterdam], Viewpoint(try region(["NL"])))
        #expect(ranked.map(\.mirror.id) == ["nl", "de"])
        #expect(ranked.map(\.rank) == [0, 1])
        // But not before a much nearer one.
        let far = self.ranked([near, try candidate("us", "US")], Viewpoint(try region(["US"])))
        #expect(far.map(\.mirror.id) == ["de", "us"])
    }

    @Test func makesEquallyFarMirrorsEquals() throws {
        let ranked = ranked(
            [try candidate("a", "DE"), try candidate("b", "DE"), try candidate("us", "US")],
            Viewpoint(try region())
        )
        #expect(ranked.map(\.rank) == [0, 0, 1])
    }

    @Test func putsWhatIsMeasuredBeforeDistance() throws {
        let ranked = ranked(
            [try candidate("de", "DE", latency: 300), try candidate("us", "US", latency: 25)],
            Viewpoint(try region())
        )
        #expect(ranked.map(\.mirror.id) == ["us", "de"])
        #expect(ranked.map(\.score.basis) == [.measured, .measured])
        #expect(ranked.map(\.score.milliseconds) == [25, 300])
    }

    /// A few milliseconds are due to the checker's place, not the client's; from 20 ms on, a
    /// quarter makes a difference.
    @Test(
        arguments: [
            (best: 1, other: 6, isEqual: true), (1, 7, false), (20, 25, true), (20, 26, false),
            (100, 125, true), (100, 126, false),
        ]
    )
    func smallDifferencesMakeEquals(best: Int, other: Int, isEqual: Bool) throws {
        let ranked = ranked(
            [try candidate("a", "DE", latency: best), try candidate("b", "DE", latency: other)],
            Viewpoint(try region())
        )
        #expect(ranked.map(\.mirror.id) == ["a", "b"])
        #expect(ranked.map(\.rank) == [0, isEqual ? 0 : 1])
    }

    /// This holds wherever they are: no rounding of distances decides between them.
    @Test func equalMeasuredTimesAreEqual() throws {
        let candidates = try (0..<200).map { index in
            let place = GeoLocation(latitude: Double(index % 90), longitude: Double(index) * 0.7)
            return try candidate("m\(index)", "DE", at: [place], latency: 20 + index % 7)
        }
        let ranked = ranked(candidates, Viewpoint(try region()))
        #expect(Set(ranked.map(\.score.milliseconds)) == Set((20...26).map(Double.init)))
    }

    /// From another country the distance differs, and the mirror's own delay is the same.
    @Test func takesWhatAMirrorAddsToTheDistanceAlong() throws {
        let poland = try #require(CountryCode("PL"))
        let warsaw = try #require(Self.locate(poland))
        let slow = try candidate("pl", "PL", latency: 200)
        let region = try region(["PL"])
        let here = try #require(ranked([slow], Viewpoint(region)).first?.score)
        let there = try #require(
            ranked([slow], Viewpoint(poland, at: warsaw, in: region)).first?.score
        )
        let way = 0.03 * region.location.kilometres(to: warsaw)
        #expect(abs(here.milliseconds - there.milliseconds - way) < 1e-9)
        #expect(there.kilometres == 0)
    }

    @Test func theNearestSiteOfAMirrorCounts() throws {
        let sites = [
            GeoLocation(latitude: 40, longitude: -95), GeoLocation(latitude: 51, longitude: 10),
        ]
        let ranked = ranked(
            [try candidate("anycast", "US", at: sites), try candidate("pl", "PL")],
            Viewpoint(try region())
        )
        #expect(ranked.first?.mirror.id == "anycast")
        #expect(ranked.first?.score.kilometres == 0)
    }

    @Test(
        arguments: [
            (nil, nil, 20), (99, 59, 20), (100, nil, 28), (1000, nil, 100), (nil, 12 * 60, 22.5),
            (nil, 24 * 60, 25), (nil, 99 * 60, 25),
        ] as [(errors: Int?, lag: Int?, milliseconds: Double)]
    )
    func errorsAndLagMakeAMirrorCountAsSlower(
        errors: Int?,
        lag: Int?,
        milliseconds: Double
    ) throws {
        let point = try candidate("de", "DE", errors: errors, lag: lag)
        let score = try #require(ranked([point], Viewpoint(try region())).first?.score)
        #expect(abs(score.milliseconds - milliseconds) < 1e-9)
    }

    /// A twentieth of the throughput at the same distance.
    @Test(arguments: [nil, 25] as [Int?])
    func ofEquallyNearMirrorsTheFasterComesFirst(latency: Int?) throws {
        let ranked = ranked(
            [
                try candidate("slow", "DE", latency: latency, throughput: 1_000),
                try candidate("fast", "DE", latency: latency, throughput: 20_000),
            ],
            Viewpoint(try region())
        )
        #expect(ranked.map(\.mirror.id) == ["fast", "slow"])
        #expect(ranked.map(\.rank) == [0, 1])
        #expect(ranked.map(\.score.lostMilliseconds) == [0, 269])
    }

    /// This also holds for clients elsewhere; a fast mirror far away may be better than a slow one
    /// nearby.
    @Test func aLowThroughputIsTheMirrorsFromWhereverOneLooks() throws {
        let poland = try #require(CountryCode("PL"))
        let warsaw = try #require(Self.locate(poland))
        let region = try region(["PL"])
        for viewpoint in [Viewpoint(region), Viewpoint(poland, at: warsaw, in: region)] {
            let plain = try candidate("pl", "PL", latency: 30)
            let slow = try candidate("pl", "PL", latency: 30, throughput: 1_000)
            let scores = try [plain, slow].map { candidate in
                try #require(ranked([candidate], viewpoint).first?.score.milliseconds)
            }
            #expect(scores[1] - scores[0] == 269)
        }
        let both = ranked(
            [try candidate("de", "DE", throughput: 64), try candidate("us", "US")],
            Viewpoint(region)
        )
        #expect(both.map(\.mirror.id) == ["us", "de"])
    }

    /// Access points that are as fast as clients' lines are no better than those without
    /// measurements.
    @Test(arguments: [nil, 12_207, 100_000, 1_048_576] as [Int?])
    func moreThanALineTakesChangesNothing(throughput: Int?) throws {
        let measured = try candidate("de", "DE", latency: 31, throughput: throughput)
        let plain = try candidate("de", "DE", latency: 31)
        let viewpoint = Viewpoint(try region())
        let scores = [measured, plain].map { ranked([$0], viewpoint).first?.score.milliseconds }
        #expect(scores == [31, 31])
    }

    @Test(
        arguments: [
            (nil, 0), (0, 65_534), (1, 65_534), (64, 4_547), (1_024, 262), (5_000, 35),
            (12_206, 0), (1_048_576, 0),
        ] as [(Int?, Double)]
    )
    func aTransferLosesWhatAMebibyteTakesLonger(throughput: Int?, milliseconds: Double) {
        #expect(TransferModel.lostMilliseconds(throughput) == milliseconds)
    }

    @Test func putsMirrorsOfUnknownPlaceLast() throws {
        let ranked = ranked(
            [try candidate("aq", "AQ"), try candidate("us", "US")],
            Viewpoint(try region(["AQ"]))
        )
        #expect(ranked.map(\.mirror.id) == ["us", "aq"])
        #expect(ranked.last?.score.basis == .unknown)
        #expect(ranked.map(\.rank) == [0, 1])
    }

    @Test func doesNotDependOnTheOrderOfTheList() throws {
        let candidates = try ["a", "b", "c", "d"].map { try candidate($0, "DE") }
        let viewpoint = Viewpoint(try region(["DE"]))
        #expect(ranked(candidates, viewpoint) == ranked(candidates.reversed(), viewpoint))
    }

    @Test(
        arguments: [
            (
                "OSU Open Source Lab (Corvallis; New York; Chicago)",
                ["Corvallis", "New York", "Chicago"]
            ),
            (
                "LeaseWeb (Anycast: San Francisco; Dallas; Washington, D.C.; Miami)",
                ["San Francisco", "Dallas", "Washington, D.C.", "Miami"]
            ),
            ("OVHcloud (Anycast: Beauharnois, Toronto)", ["Beauharnois", "Toronto"]),
            ("PlanetUnix Networks (Anycast: Global)", ["Global"]),
            ("LeaseWeb (Anycast: Amsterdam)", []), ("University of Utah (Flux Group)", []),
            ("Institute of Physics of Cantabria (CSIC-UC)", []),
            ("Sincoolka Mirror - Club Sincoolka, Czech Technical University in Prague", []),
            ("", []),
            ("()", []), (")", []),
        ] as [(name: String, sites: [String])]
    )
    func findsSeveralCitiesInAName(name: String, sites: [String]) throws {
        let mirror = Mirror(
            id: "x",
            name: name,
            country: try #require(CountryCode("DE")),
            region: "europe",
            accessPoints: []
        )
        #expect(mirror.sitesInName == sites)
    }

    // MARK: Places by addresses

    @Test func addressesPlaceAMirrorAndAnOverrideComesFirst() throws {
        let poland = try #require(Self.places["PL"] ?? nil)
        let place = AddressPlace(sites: [poland])
        let home = Viewpoint(try region())
        let byAddress = ranked([try candidate("x", "DE", place: place)], home)[0].score
        #expect(byAddress.sites == [poland])
        #expect(byAddress.location == poland)
        let netherlands = try #require(Self.places["NL"] ?? nil)
        let overridden = try candidate("x", "DE", at: [netherlands], place: place)
        #expect(ranked([overridden], home)[0].score.sites == [netherlands])
    }

    @Test func anAnycastMirrorIsNearWhereItMeasuresNear() throws {
        let region = try region(["DE", "NL", "PL"])
        let poland = try #require(CountryCode("PL"))
        let location = try #require(Self.places["PL"] ?? nil)
        let anycast = AddressPlace(isAnycast: true)
        let near = try candidate("near", "US", latency: 12, place: anycast)
        for viewpoint in [Viewpoint(region), Viewpoint(poland, at: location, in: region)] {
            let score = ranked([near], viewpoint)[0].score
            #expect(score.milliseconds == 12)
            #expect(score.kilometres == 0)
            #expect(score.sites.count == 3)
        }
        // From the checker it takes the measured time; from elsewhere, longer by the distance to
        // the checker.
        let far = try candidate("far", "US", latency: 120, place: anycast)
        #expect(ranked([far], Viewpoint(region))[0].score.milliseconds == 120)
        let fromPoland = ranked([far], Viewpoint(poland, at: location, in: region))[0].score
        #expect(fromPoland.milliseconds > 130)
        #expect(fromPoland.sites == [region.location])
    }

    @Test func anAnycastMirrorThatNobodyMeasuredStandsInItsCountry() throws {
        let plain = ranked([try candidate("x", "US")], Viewpoint(try region()))[0].score
        let anycast = try candidate("x", "US", place: AddressPlace(isAnycast: true))
        #expect(ranked([anycast], Viewpoint(try region()))[0].score == plain)
    }
}
