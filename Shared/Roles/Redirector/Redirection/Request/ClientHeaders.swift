/// The headers in which trusted hops describe clients, as configured by the operator.
package struct ClientHeaders: Sendable {
    /// The maximum number of country headers, and of pairs of place headers.
    package static let limit = 3

    /// A pair of headers with a place.
    package struct Place: Sendable {
        package let latitude: FieldName
        package let longitude: FieldName

        package init(latitude: FieldName, longitude: FieldName) {
            self.latitude = latitude
            self.longitude = longitude
        }
    }

    /// Each contains a country; by preference.
    package var countries: [FieldName]
    /// Each pair contains a place in degrees; by preference.
    package var places: [Place]
    /// Contains the number of an autonomous system.
    package var system: FieldName
    /// Contains the target as the client wrote it; nil to ignore any.
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

    /// The headers of Cloudflare and CloudFront.
    package static let usualPlaces = [
        Place(latitude: .cloudflareLatitude, longitude: .cloudflareLongitude),
        Place(latitude: .cloudFrontLatitude, longitude: .cloudFrontLongitude),
    ]
}
