import Mirrors
import Publishing

/// A place that clients come from.
struct City {
    let name: String
    let country: CountryCode
    let location: GeoLocation
    let users: Double

    /// The cities in a table: name, country, latitude, longitude, population, users.
    static func all(inFile path: String) throws -> [City] {
        try Table.rows(ofFile: path).compactMap { row in
            guard row.count == 6, let country = CountryCode(row[1]),
                let latitude = Double(row[2]), let longitude = Double(row[3]),
                let location = GeoLocation(latitude: latitude, longitude: longitude),
                let users = Double(row[5])
            else { return nil }
            return City(name: row[0], country: country, location: location, users: users)
        }
    }
}

/// The places of the mirrors in a list: `;` separates the sites of one mirror.
enum MirrorPlaces {
    struct Key: Hashable {
        let host: String
        let country: CountryCode
    }

    /// The sites by host and country: several mirrors of one provider share a host.
    static func bySite(inFile path: String) throws -> [MirrorPlaces.Key: [GeoLocation]] {
        var places: [MirrorPlaces.Key: [GeoLocation]] = [:]
        for row in try Table.rows(ofFile: path) where row.count == 8 {
            let latitudes = row[3].split(separator: ";").map { Double($0) }
            let longitudes = row[4].split(separator: ";").map { Double($0) }
            guard let country = CountryCode(row[1]) else { continue }
            places[Key(host: row[0], country: country)] = zip(latitudes, longitudes).compactMap {
                latitude,
                longitude in
                guard let latitude, let longitude else { return nil }
                return GeoLocation(latitude: latitude, longitude: longitude)
            }
        }
        return places
    }
}

/// Lines of tab-separated fields.
private enum Table {
    static func rows(ofFile path: String) throws -> [[String]] {
        let text = String(
            decoding: try MirrorListSource.bytes(ofFile: path, limit: 1 << 24),
            as: UTF8.self
        )
        return text.split(separator: "\n").map { line in
            line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
    }
}
