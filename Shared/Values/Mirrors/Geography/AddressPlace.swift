package import JSON

/// Where an access point is according to the addresses of its host.
package struct AddressPlace: Hashable, Sendable {
    /// The locations of its addresses, if they are far apart one for each; empty if they say
    /// nothing about it.
    package let sites: [GeoLocation]
    /// The numbers of the addresses' autonomous systems, ascending.
    package let systems: [UInt32]
    /// Whether servers in many places answer there, of which a database knows at most one: an
    /// anycast or CDN address.
    package let isAnycast: Bool

    package init(sites: [GeoLocation] = [], systems: [UInt32] = [], isAnycast: Bool = false) {
        self.sites = sites
        self.systems = systems
        self.isAnycast = isAnycast
    }

    /// The maximum number of sites of one host.
    package static let siteLimit = 16
}

/// The source of an access point's location, best first.
package enum PlaceBasis: String, Hashable, Sendable, CaseIterable {
    /// The operator, in `overrides.json`.
    case overrides
    /// The mirror list.
    case list
    /// A city database, from the addresses of the host.
    case addresses
    /// It is near wherever its latency is low.
    case anycast
    /// Only its country is known.
    case country
}

extension Mirror {
    /// The location of one of its access points, with the source; no sites if only the country is
    /// known or it is in many places.
    package func place(of point: AccessPoint) -> (basis: PlaceBasis, sites: [GeoLocation]) {
        if !locations.isEmpty { return (hasListedLocations ? .list : .overrides, locations) }
        guard let place = point.place else { return (.country, []) }
        if place.isAnycast { return (.anycast, []) }
        return place.sites.isEmpty ? (.country, []) : (.addresses, place.sites)
    }

    /// The sites of all its access points; empty if only its country is known.
    package var sites: [GeoLocation] {
        var sites: [GeoLocation] = []
        for point in accessPoints {
            for site in place(of: point).sites where !sites.contains(site) { sites.append(site) }
        }
        return sites
    }
}

extension AddressPlace {
    package var json: JSONValue {
        var object = JSONObject()
        if !sites.isEmpty { object["sites"] = .array(sites.map { $0.json }) }
        if !systems.isEmpty {
            object["systems"] = .array(systems.map { .integer(Int64($0)) })
        }
        if isAnycast { object["anycast"] = true }
        return .object(object)
    }

    /// Reads the members of `fields` that describe a place.
    package init(_ fields: inout JSONFields) throws(JSONError) {
        let sites = try fields.locations("sites")
        guard sites.count <= Self.siteLimit else {
            let expected = "at most \(Self.siteLimit) places"
            throw fields.unexpected("sites", expected, .integer(Int64(sites.count)))
        }
        var systems: [UInt32] = []
        for value in try fields.array("systems") ?? [] {
            guard case .integer(let number) = value, let system = UInt32(exactly: number) else {
                throw fields.unexpected("systems", "numbers of autonomous systems", value)
            }
            systems.append(system)
        }
        self.init(
            sites: sites,
            systems: systems,
            isAnycast: try fields.bool("anycast") ?? false
        )
    }
}
