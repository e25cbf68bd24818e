package import JSON

/// Where an access point stands by the addresses of its host.
package struct AddressPlace: Hashable, Sendable {
    /// The places of its addresses, those that are far apart; none where they say nothing of it.
    package let sites: [GeoLocation]
    /// The numbers of the autonomous systems that the addresses are in, ascending.
    package let systems: [UInt32]
    /// Whether servers in many places answer there, of which a database knows one at most: an
    /// anycast or a CDN's name.
    package let isAnycast: Bool

    package init(sites: [GeoLocation] = [], systems: [UInt32] = [], isAnycast: Bool = false) {
        self.sites = sites
        self.systems = systems
        self.isAnycast = isAnycast
    }

    /// The most sites of one host.
    package static let siteLimit = 16
}

/// What the place of an access point is known by, the best first.
package enum PlaceBasis: String, Hashable, Sendable, CaseIterable {
    /// The operator says so in `overrides.json`.
    case overrides
    /// The mirror list says so.
    case list
    /// A city database does, by the addresses of the host.
    case addresses
    /// It is near wherever it measures near.
    case anycast
    /// Only its country is known.
    case country
}

extension Mirror {
    /// Where one of its access points stands, and what that is known by; no sites where only the
    /// country is known or the access point stands in many places.
    package func place(of point: AccessPoint) -> (basis: PlaceBasis, sites: [GeoLocation]) {
        if !locations.isEmpty { return (hasListedLocations ? .list : .overrides, locations) }
        guard let place = point.place else { return (.country, []) }
        if place.isAnycast { return (.anycast, []) }
        return place.sites.isEmpty ? (.country, []) : (.addresses, place.sites)
    }

    /// The sites of all its access points; empty where no more than its country is known.
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

    /// Reads the members of `fields` that are a place's.
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
