import FunctionRuntime
import Mirrors
import Testing

@testable import Checking

@Suite struct RegionShareTests {
    private static func mirror(_ country: String, location: GeoLocation? = nil) throws -> Mirror {
        Mirror(
            id: country.lowercased(),
            name: country,
            country: try #require(CountryCode(country)),
            region: "unused",
            locations: location.map { [$0] } ?? [],
            accessPoints: []
        )
    }

    private static func share(_ own: String, of all: String) throws -> RegionShare? {
        try RegionShare(Environment(["REGION": own, "CHECK_REGIONS": all]))
    }

    /// The regions that run checkers, a country, and the region that checks the country's mirrors.
    static let table: [(regions: String, country: String, owner: String)] = [
        ("europe,asia", "DE", "europe"), ("europe,asia", "JP", "asia"),
        ("europe,asia", "AU", "asia"), ("europe,asia", "BR", "europe"),
        ("europe, asia, south-america", "BR", "south-america"), ("asia", "DE", "asia"),
        // A country without a known place.
        ("asia,europe", "XX", "asia"),
    ]

    @Test(arguments: table)
    func givesEveryMirrorToTheNearestRegion(
        _ row: (regions: String, country: String, owner: String)
    ) throws {
        let mirror = try Self.mirror(row.country)
        let regions = row.regions.split { $0 == "," || $0 == " " }.map(String.init)
        let owners = try regions.filter { region in
            let share = try #require(try Self.share(region, of: row.regions))
            return try share.share(of: [mirror], in: .continents) == [mirror]
        }
        #expect(owners == [row.owner])
    }

    @Test func goesByTheMirrorsOwnPlaceFirst() throws {
        let tokyo = try #require(GeoLocation(latitude: 35.7, longitude: 139.7))
        let mirror = try Self.mirror("DE", location: tokyo)
        let share = try #require(try Self.share("asia", of: "europe,asia"))
        #expect(try share.share(of: [mirror], in: .continents) == [mirror])
    }

    @Test func isNothingWhereOneCheckerDoesAll() throws {
        #expect(try RegionShare(Environment(["REGION": "europe"])) == nil)
    }

    @Test func refusesARegionThatIsNotAmongThem() {
        #expect(throws: FunctionError.self) { try Self.share("africa", of: "europe,asia") }
        #expect(throws: FunctionError.self) { try Self.share("", of: "europe,asia") }
    }

    /// Otherwise nobody would check its mirrors.
    @Test func refusesARegionThatDoesNotExist() throws {
        let share = try #require(try Self.share("europe", of: "europe,atlantis"))
        #expect(throws: FunctionError.self) {
            try share.share(of: [try Self.mirror("DE")], in: .continents)
        }
    }
}
