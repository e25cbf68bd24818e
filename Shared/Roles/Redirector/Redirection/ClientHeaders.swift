/// The headers in which trusted hops tell about clients, as far as an operator may name them.
package struct ClientHeaders: Sendable {
    /// How many headers may name a country, and how many pairs a place.
    package static let limit = 3

    /// The headers of a place.
    package struct Place: Sendable {
        package let latitude: FieldName
        package let longitude: FieldName

        package init(latitude: FieldName, longitude: FieldName) {
            self.latitude = latitude
            self.longitude = longitude
        }
    }

    /// They name a country each, the preferred one first.
    package var countries: [FieldName]
    /// They tell a place each, in degrees, the preferred one first.
    package var places: [Place]
    /// It gives the number of an autonomous system.
    package var system: FieldName
    /// It gives the target as the client wrote it; nil believes none.
    package var originalURI: FieldName?

    package init(
        countries: [FieldName] = FieldName.usualCountryHeaders,
        places: [Place] = Self.usualPlaces,
        system: FieldName = FieldName.usualSystemHeader,
        originalURI: FieldName? = nil
    ) {
        self.countries = countries
        self.places = places
        self.system = system
        self.originalURI = originalURI
    }

    /// All of them.
    var all: [FieldName] {
        var all = countries
        if let originalURI { all.append(originalURI) }
        for place in places { all += [place.latitude, place.longitude] }
        all.append(system)
        return all
    }

    /// What Cloudflare and CloudFront tell a place in.
    package static let usualPlaces = [
        Place(latitude: .cloudflareLatitude, longitude: .cloudflareLongitude),
        Place(latitude: .cloudFrontLatitude, longitude: .cloudFrontLongitude),
    ]
}
