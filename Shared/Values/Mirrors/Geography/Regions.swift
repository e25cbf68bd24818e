import Bytes
package import JSON

/// The regions that maps are built for, and the region of each country.
package struct Regions: Equatable, Sendable {
    package let all: [Region]

    /// If several regions claim a country, the first one counts.
    package init(_ regions: [Region]) {
        all = regions
    }

    package subscript(id: Region.ID) -> Region? {
        all.first { $0.id.isSpelled(like: id) }
    }

    /// The region that serves clients in `country`, or nil if none does.
    package func region(of country: CountryCode) -> Region? {
        all.first { $0.countries.contains(country) }
    }

    /// The seven regions of Gentoo's mirror list, each seen from a place where many of its cables
    /// meet.
    package static let continents = Regions(
        [
            continent("Africa", -26.2, 28.0),
            continent("Asia", 1.3, 103.8),
            continent("Australia and Oceania", -33.9, 151.2),
            continent("Europe", 50.1, 8.7),
            continent("Middle East", 25.2, 55.3),
            continent("North America", 39.0, -95.7),
            continent("South America", -23.5, -46.6),
        ].compactMap { $0 }
    )

    private static func continent(
        _ name: String,
        _ latitude: Double,
        _ longitude: Double
    ) -> Region? {
        guard let id = Region.slug(of: name),
            let location = GeoLocation(latitude: latitude, longitude: longitude)
        else { return nil }
        return Region(
            id: id,
            name: name,
            location: location,
            countries: Countries.all(in: id)
        )
    }
}

extension Regions {
    /// The supported version of `regions.json`.
    package static let formatVersion: Int64 = 1

    /// Reads `regions.json`.
    ///
    /// An operator writes it:
    ///
    ///     {"version": 1, "regions": [
    ///       {"name": "Middle East", "location": {"latitude": 25.2, "longitude": 55.3},
    ///        "countries": ["AE", "IL"]}]}
    ///
    /// The id is the slug of the name unless `"id"` is given. A country may be in only one region.
    /// Unknown keys are errors, because they are probably misspelt.
    package init(json: JSONValue) throws(JSONError) {
        var fields = try JSONFields(json)
        _ = try fields.required("version", in: Self.formatVersion...Self.formatVersion)
        guard let values = try fields.array("regions"), !values.isEmpty else {
            throw .missing(field: "\"regions\"", expected: "at least one region")
        }
        try fields.finish()
        var regions: [Region] = []
        var claimed: [CountryCode] = []
        for (index, value) in values.enumerated() {
            var fields = try JSONFields(value, at: "regions[\(index)]")
            let region = try Region(&fields)
            guard !regions.contains(where: { $0.id.isSpelled(like: region.id) }) else {
                throw fields.unexpected("id", "an id of its own", .string(region.id))
            }
            for country in region.countries {
                guard !claimed.contains(country) else {
                    throw fields.unexpected(
                        "countries",
                        "each country in one region only",
                        .string(country.letters)
                    )
                }
                claimed.append(country)
            }
            regions.append(region)
        }
        self.init(regions)
    }
}

extension Region {
    fileprivate init(_ fields: inout JSONFields) throws(JSONError) {
        guard let name = try fields.string("name") else {
            throw .missing(field: fields.name(of: "name"), expected: "a name such as \"Europe\"")
        }
        let givenID = try fields.string("id")
        guard let id = Region.slug(of: givenID ?? name), givenID?.isSpelled(like: id) != false
        else {
            throw fields.unexpected(
                givenID == nil ? "name" : "id",
                "lower-case letters, digits and hyphens",
                .string(givenID ?? name)
            )
        }
        guard let location = try fields.location("location") else {
            throw .missing(
                field: fields.name(of: "location"),
                expected: "{\"latitude\": …, \"longitude\": …}"
            )
        }
        var countries: [CountryCode] = []
        for text in try fields.strings("countries") ?? [] {
            guard let country = CountryCode(text) else {
                throw fields.unexpected("countries", "codes such as \"DE\"", .string(text))
            }
            countries.append(country)
        }
        try fields.finish()
        self.init(id: id, name: name, location: location, countries: countries)
    }
}

extension JSONFields {
    /// The location under `key`, `{"latitude": 50.1, "longitude": 8.7}`, or nil if missing.
    package mutating func location(_ key: String) throws(JSONError) -> GeoLocation? {
        guard let value = value(key) else { return nil }
        return try GeoLocation(json: value, at: name(of: key))
    }

    /// The locations under `key`: none, one, or an array of them.
    package mutating func locations(_ key: String) throws(JSONError) -> [GeoLocation] {
        guard let value = value(key) else { return [] }
        guard case .array(let elements) = value else {
            return [try GeoLocation(json: value, at: name(of: key))]
        }
        var locations: [GeoLocation] = []
        for (index, element) in elements.enumerated() {
            locations.append(try GeoLocation(json: element, at: "\(name(of: key))[\(index)]"))
        }
        return locations
    }

    /// The integer under the required key `key`.
    package mutating func required(
        _ key: String,
        in range: ClosedRange<Int64>
    ) throws(JSONError) -> Int64 {
        guard let integer = try integer(key, in: range) else {
            throw .missing(
                field: name(of: key),
                expected: "an integer from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return integer
    }
}

extension GeoLocation {
    package var json: JSONValue {
        ["latitude": .number(latitude), "longitude": .number(longitude)]
    }

    /// Reads the object named `path` in errors.
    fileprivate init(json: JSONValue, at path: String) throws(JSONError) {
        var fields = try JSONFields(json, at: path)
        guard let latitude = try fields.number("latitude"),
            let longitude = try fields.number("longitude")
        else {
            throw .missing(field: path, expected: "latitude and longitude in degrees")
        }
        try fields.finish()
        guard let location = GeoLocation(latitude: latitude, longitude: longitude) else {
            throw .unexpected(
                field: path,
                expected: "a latitude from -90 to 90 and a longitude from -180 to 180",
                actual: JSONFields.shown(.number(latitude)) + ", "
                    + JSONFields.shown(.number(longitude))
            )
        }
        self = location
    }
}

extension [GeoLocation] {
    /// In the form read by ``JSONFields/locations(_:)``; nil for none.
    package var json: JSONValue? {
        count > 1 ? .array(map { $0.json }) : first?.json
    }
}
