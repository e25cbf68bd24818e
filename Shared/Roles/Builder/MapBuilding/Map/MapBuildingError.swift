package import RegionMapFormat

/// Why region maps could not be built or were not published.
package enum MapBuildingError: Error, Equatable, CustomStringConvertible {
    /// A request names a region that is not defined.
    case unknownRegion(String, known: [String])
    /// A guard rail: the new map lost too much compared with the published one.
    case shrunk(region: String, what: String, from: Int, to: Int, limitPercent: Int)
    /// A guard rail: one reason excluded too many of the published map's mirrors.
    case excluded(region: String, reason: MapExclusion, count: Int, of: Int, limitPercent: Int)

    /// There is no map of that name, neither as a file nor in storage.
    case noMap(name: String)
    /// A map is damaged, or not a map.
    case badMap(name: String, RegionMapError)
    /// The requested path is not in the map.
    case unknownPath(String, map: String)
    /// The requested mirror is not in the map.
    case unknownMirror(String, map: String)

    package var description: String {
        switch self {
        case .unknownRegion(let region, let known):
            "there is no region \"\(region)\"; known: \(known.joined(separator: ", "))"
        case .shrunk(let region, let what, let from, let to, let limit):
            "the new map of \(region) has \(to) \(what) instead of \(from), which is more than "
                + "\(limit) % less; it was not published; if this is "
                + "intended, set \"allowShrink\": true"
        case .excluded(let region, let reason, let count, let total, let limit):
            "\(count) of \(total) mirrors would be excluded from the map of \(region) as "
                + "\"\(reason.rawValue)\", which is more than \(limit) %; it was not published; "
                + "if this is intended, set \"allowShrink\": true"
        case .noMap(let name):
            "there is no map \(name): expected a file or a key such as maps/europe.map"
        case .badMap(let name, let error):
            "\(name): \(error)"
        case .unknownPath(let path, let map):
            "\(map) does not know \(path)"
        case .unknownMirror(let mirror, let map):
            "\(map) has no mirror and no access point \(mirror): mirrors show \(mirror) says why"
        }
    }
}
