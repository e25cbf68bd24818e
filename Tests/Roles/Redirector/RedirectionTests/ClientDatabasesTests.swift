import AddressDatabases
import Bytes
import Mirrors
import Redirection
import TestSupport
import Testing

@Suite struct ClientDatabasesTests {
    private static let frankfurt = MaxMindWriter.Value.map([
        ("country", .map([("iso_code", .string("DE"))])),
        ("location", .map([("latitude", .number(50.1)), ("longitude", .number(8.7))])),
    ])

    /// A database that has `record` for 192.0.2.0/24.
    private static func database(_ record: MaxMindWriter.Value) -> StableBytes {
        var writer = MaxMindWriter()
        let offset = writer.add(record)
        writer.insert(ipv4: (192, 0, 2, 0), prefixLength: 24, leadingTo: offset)
        return StableBytes(copying: writer.bytes)
    }

    @Test func aDatabaseTellsOnlyWhatNobodyElseDid() throws {
        let address = try #require(IPAddress("192.0.2.1"))
        let cities = try MaxMindDatabase(Self.database(Self.frankfurt), of: .places)
        let countries = try MaxMindDatabase(Self.database(.map([("country", .string("FR"))])))
        func client(_ databases: ClientDatabases, told: Client? = nil) -> Client {
            var client = told ?? Client(address: address)
            databases.complete(&client, at: address)
            return client
        }
        let frankfurt = GlobePoint(latitude: 50.1, longitude: 8.7)
        let both = client(ClientDatabases(countries: countries, cities: cities))
        #expect(both.country.map { "\($0)" } == "FR")
        #expect(both.place == frankfurt)
        let one = client(ClientDatabases(cities: cities))
        #expect(one.country.map { "\($0)" } == "DE")
        #expect(one.place == frankfurt)
        let old = client(
            ClientDatabases(
                countries: try MaxMindDatabase(Self.database(Self.frankfurt))
            )
        )
        #expect(old == one)
        let tokyo = GlobePoint(latitude: 35.7, longitude: 139.7)
        let told = client(
            ClientDatabases(countries: countries, cities: cities),
            told: Client(
                address: address,
                country: CountryLetters(Array("JP".utf8).span),
                place: tokyo
            )
        )
        #expect(told.country.map { "\($0)" } == "JP")
        #expect(told.place == tokyo)
    }
}
