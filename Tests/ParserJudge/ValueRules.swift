import AddressDatabases
import Bytes
import JSON
import Mirrors

/// The readers of JSON and of databases of countries.
enum ValueRules {
    static func json(_ input: [UInt8]) -> String? {
        guard let value = try? JSONValue(parsing: input) else { return nil }
        let line = value.serialized()
        guard (try? JSONValue(parsing: line)) == value else { return "another value on one line" }
        guard (try? JSONValue(parsing: value.prettySerialized())) == value else {
            return "another value in lines"
        }
        // This is read by people and interpreted by terminals: no control characters except the
        // newlines between members.
        guard line.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return "a control character" }
        return nil
    }

    private static let addresses = [
        "0.0.0.0", "1.2.3.4", "192.0.2.1", "255.255.255.255", "::", "2001:db8::1",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    ].compactMap { IPAddress($0) }

    static func maxMind(_ input: [UInt8]) -> String? {
        for content in [MaxMindDatabase.Content.countries, .places, .systems] {
            guard let database = try? MaxMindDatabase(StableBytes(copying: input), of: content)
            else { continue }
            for address in addresses {
                if let fault = fault(of: database, at: address) { return fault }
            }
        }
        return nil
    }

    /// What is wrong with the result of `database` for `address`.
    private static func fault(of database: MaxMindDatabase, at address: IPAddress) -> String? {
        let (country, place) = database.whereabouts(of: address)
        if country != database.country(of: address) { return "two countries" }
        if database.tellsPlaces, place != database.place(of: address) { return "two places" }
        if let country {
            guard CountryCode(country.letters) == country else { return "letters that are none" }
        }
        if let place,
            GeoLocation(latitude: place.latitude, longitude: place.longitude) != place
        {
            return "a place that is none"
        }
        return database.system(of: address) == 0 ? "a network that is none" : nil
    }
}
