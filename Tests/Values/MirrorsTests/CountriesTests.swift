import JSON
import Mirrors
import Testing

@Suite struct CountriesTests {
    @Test func knowsAllCodesOfISO3166() {
        #expect(Countries.all.count == 249)
        #expect(Countries.all.allSatisfy { Countries.location(of: $0) != nil })
        #expect(CountryCode("XX").flatMap { Countries.location(of: $0) } == nil)
    }

    @Test(arguments: [
        ("DE", "FR", 479.0), ("AU", "NZ", 2157), ("US", "JP", 10_200), ("ZA", "NA", 1200),
    ])
    func placesCountriesWhereTheyAre(from: String, to: String, kilometres: Double) throws {
        let start = try #require(CountryCode(from).flatMap { Countries.location(of: $0) })
        let end = try #require(CountryCode(to).flatMap { Countries.location(of: $0) })
        #expect(abs(start.kilometres(to: end) - kilometres) < 0.05 * kilometres)
    }

    @Test(arguments: [
        "DE": "europe", "NC": "australia-and-oceania", "MX": "north-america", "IL": "middle-east",
    ])
    func agreesWithTheMirrorListOnRegions(code: String, region: String) throws {
        #expect(Countries.region(of: try #require(CountryCode(code))) == region)
    }
}

@Suite struct RegionsTests {
    @Test func coversEveryCountryByDefault() {
        let regions = Regions.continents
        #expect(
            regions.all.map(\.id) == [
                "africa", "asia", "australia-and-oceania", "europe", "middle-east", "north-america",
                "south-america",
            ]
        )
        #expect(regions.all.reduce(0) { $0 + $1.countries.count } == 249)
        for country in Countries.all {
            #expect(regions.region(of: country)?.id == Countries.region(of: country))
        }
    }

    static let good: JSONValue = [
        "version": 1,
        "regions": [
            [
                "name": "Middle East", "location": ["latitude": 25, "longitude": 55],
                "countries": ["ae", "IL"],
            ],
            [
                "id": "eu", "name": "Europa", "location": ["latitude": 50, "longitude": 8],
                "countries": ["UK"],
            ],
        ],
    ]

    @Test func readsWhatAnOperatorWrote() throws {
        let regions = try Regions(json: Self.good)
        #expect(regions.all.map(\.id) == ["middle-east", "eu"])
        #expect(regions["eu"]?.name == "Europa")
        #expect(regions.region(of: try #require(CountryCode("GB")))?.id == "eu")
        #expect(regions.region(of: try #require(CountryCode("US"))) == nil)
    }

    @Test(arguments: [
        (#"{}"#, "version"), (#"{"version":2,"regions":[]}"#, "version"),
        (#"{"version":1,"regions":[]}"#, "regions"),
        (#"{"version":1,"regions":[{"location":{"latitude":1,"longitude":1}}]}"#, "name"),
        (#"{"version":1,"regions":[{"name":"A"}]}"#, "location"),
        (
            #"{"version":1,"regions":[{"name":"A","location":{"latitude":91,"longitude":1}}]}"#,
            "location"
        ),
        (#"{"version":1,"regions":[{"name":"A","location":{"latitude":1}}]}"#, "location"),
        (
            #"{"version":1,"regions":[{"name":"!","location":{"latitude":1,"longitude":1}}]}"#,
            "name"
        ),
        (
            #"{"version":1,"regions":[{"name":"A","location":{"latitude":1,"longitude":1},"#
                + #""countries":["D"]}]}"#,
            "countries"
        ),
        (
            #"{"version":1,"regions":[{"name":"A","location":{"latitude":1,"longitude":1},"#
                + #""countries":["DE","DE"]}]}"#,
            "countries"
        ),
        (
            #"{"version":1,"regions":[{"name":"A","place":1,"#
                + #""location":{"latitude":1,"longitude":1}}]}"#,
            "place"
        ),
    ])
    func namesTheFieldThatIsWrong(text: String, field: String) {
        #expect {
            try Regions(json: JSONValue(parsing: text.utf8))
        } throws: {
            "\($0)".contains(field)
        }
    }
}
