import AddressDatabases
import Bytes
import Mirrors
import Publishing
import TestSupport
import Testing

/// Small databases: blocks in Frankfurt, Berlin and New York, and one belonging to a CDN.
enum SmallDatabases {
    static let frankfurt = GeoLocation(latitude: 50.1, longitude: 8.7)
    static let berlin = GeoLocation(latitude: 52.5, longitude: 13.4)
    static let newYork = GeoLocation(latitude: 40.7, longitude: -74)

    static func made() throws -> PlaceDatabases {
        var cities = MaxMindWriter()
        var systems = MaxMindWriter()
        for (block, country, place, system) in [
            ((192, 0, 2), "DE", frankfurt, 64_500), ((198, 51, 100), "US", newYork, 64_501),
            ((203, 0, 113), "DE", berlin, 64_500), ((203, 0, 112), "DE", frankfurt, 54_113),
        ] as [((UInt8, UInt8, UInt8), String, GeoLocation?, UInt32)] {
            let place = try #require(place)
            let city = cities.add(
                .map([
                    ("country", .map([("iso_code", .string(country))])),
                    (
                        "location",
                        .map([
                            ("latitude", .number(place.latitude)),
                            ("longitude", .number(place.longitude)),
                        ])
                    ),
                ])
            )
            let number = systems.add(.map([("autonomous_system_number", .unsigned(system))]))
            let first = (block.0, block.1, block.2, UInt8(0))
            cities.insert(ipv4: first, prefixLength: 24, leadingTo: city)
            systems.insert(ipv4: first, prefixLength: 24, leadingTo: number)
        }
        return PlaceDatabases(
            cities: try MaxMindDatabase(StableBytes(copying: cities.bytes), of: .places),
            systems: try MaxMindDatabase(StableBytes(copying: systems.bytes), of: .systems)
        )
    }
}

@Suite struct PlaceDatabasesTests {
    private func place(_ addresses: String..., countries: String...) throws -> AddressPlace {
        try SmallDatabases.made().place(
            of: addresses.map { try #require(IPAddress($0)) },
            countries: Set(countries.compactMap { CountryCode($0) })
        )
    }

    @Test func anAddressTellsPlaceAndNetwork() throws {
        #expect(
            try place("192.0.2.7", countries: "DE")
                == AddressPlace(
                    sites: [SmallDatabases.frankfurt].compactMap(\.self),
                    systems: [64_500]
                )
        )
    }

    @Test func addressesFarFromEachOtherAreSeveralSites() throws {
        let place = try place("192.0.2.7", "203.0.113.1", "192.0.2.8", countries: "DE")
        #expect(place.sites == [SmallDatabases.frankfurt, SmallDatabases.berlin])
        #expect(place.systems == [64_500])
        #expect(!place.isAnycast)
    }

    @Test func anAddressInAnotherCountryThanTheMirrorIsThatOfMany() throws {
        #expect(
            try place("192.0.2.7", "198.51.100.7", countries: "DE")
                == AddressPlace(systems: [64_500, 64_501], isAnycast: true)
        )
        #expect(try place("198.51.100.7", countries: "DE").isAnycast)
        #expect(try !place("198.51.100.7", countries: "US").isAnycast)
    }

    @Test func aHostOfMirrorsInSeveralCountriesIsThatOfMany() throws {
        let place = try place("192.0.2.7", countries: "DE", "US")
        #expect(place == AddressPlace(systems: [64_500], isAnycast: true))
    }

    @Test func theNetworkOfACDNIsThatOfMany() throws {
        let place = try place("203.0.112.7", countries: "DE")
        #expect(place == AddressPlace(systems: [54_113], isAnycast: true))
    }

    @Test func unknownAddressesTellNothing() throws {
        #expect(try place("127.0.0.1", "2001:db8::1", countries: "DE") == AddressPlace())
    }
}
