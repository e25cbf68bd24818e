import MirrorListImport
import Mirrors

/// A mirror of the list, with everything that could be parsed.
struct MirrorCandidate {
    let name: String
    let country: CountryCode
    let region: Region.ID
    private(set) var bases: [BaseURL]
    private(set) var locations: [ListedMirror.Location]
    private var places: [GeoLocation]

    init(
        name: String,
        country: CountryCode,
        region: Region.ID,
        bases: [BaseURL],
        locations: [ListedMirror.Location],
        places: [GeoLocation]
    ) {
        self.name = name
        self.country = country
        self.region = region
        self.bases = bases
        self.locations = locations
        self.places = places
    }

    /// Joins two entries of one mirror.
    ///
    /// The result does not depend on their order.
    func joined(with other: MirrorCandidate) -> MirrorCandidate {
        var (first, second) = (self, other)
        if other.order.lexicographicallyPrecedes(order) { (first, second) = (other, self) }
        first.add(second)
        return first
    }

    private var order: [String] { [name] + bases.map(\.text) }

    private mutating func add(_ other: MirrorCandidate) {
        if places.isEmpty { places = other.places }
        for (base, location) in zip(other.bases, other.locations) where !bases.contains(base) {
            // Joining many entries of one place must not grow without bound.
            guard bases.count < ListedMirror.locationLimit else { return }
            bases.append(base)
            locations.append(location)
        }
    }

    /// The mirror with its old or new id.
    ///
    /// Known access points keep their ids.
    func mirror(id: Mirror.ID, _ known: [AccessPoint], _ names: inout MirrorNames) -> Mirror {
        let accessPoints = zip(bases, locations).map { base, location in
            AccessPoint(
                id: known.first { $0.baseURL == base.text }?.id ?? "",
                scheme: base.scheme,
                baseURL: base.text,
                hasIPv4: location.hasIPv4,
                hasIPv6: location.hasIPv6,
                isPartial: location.isPartial
            )
        }
        return Mirror(
            id: id,
            name: name,
            country: country,
            region: region,
            locations: places,
            hasListedLocations: !places.isEmpty,
            accessPoints: names.named(accessPoints, of: id)
        )
    }
}

/// The ids in use, so that none is given twice.
struct MirrorNames {
    private var mirrorIDs: Set<Mirror.ID>
    private var accessPointIDs: Set<AccessPoint.ID>
    /// For each wanted id, the next number to append: thousands may want the same one.
    private var nextNumbers: [String: Int] = [:]

    init(_ list: MirrorList) {
        mirrorIDs = Set(list.mirrors.map(\.id))
        accessPointIDs = Set(list.mirrors.flatMap { $0.accessPoints.map(\.id) })
    }

    /// The host of the first web URL, or else of the first URL, with a number if it is taken.
    mutating func newMirrorID(for bases: [BaseURL]) -> Mirror.ID {
        let base = bases.first { $0.scheme == .http || $0.scheme == .https } ?? bases.first
        var id = ""
        for byte in (base?.host ?? "").utf8 {
            let isSafe =
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
                || ".-_".utf8.contains(byte)
            id.unicodeScalars.append(isSafe ? Unicode.Scalar(byte) : "-")
        }
        if id.hasPrefix(".") { id = "-" + id }
        return Self.take(id, from: &mirrorIDs, &nextNumbers)
    }

    /// `accessPoints` with an id for each that lacks one: `<mirror>-<scheme>`, with a number if it
    /// is taken.
    mutating func named(_ accessPoints: [AccessPoint], of mirror: Mirror.ID) -> [AccessPoint] {
        accessPoints.map { point in
            guard point.id.isEmpty else { return point }
            return AccessPoint(
                id: Self.take(
                    "\(mirror)-\(point.scheme.rawValue)",
                    from: &accessPointIDs,
                    &nextNumbers
                ),
                scheme: point.scheme,
                baseURL: point.baseURL,
                hasIPv4: point.hasIPv4,
                hasIPv6: point.hasIPv6,
                isPartial: point.isPartial
            )
        }
    }

    private static func take(
        _ wanted: String,
        from taken: inout Set<String>,
        _ nextNumbers: inout [String: Int]
    ) -> String {
        if taken.insert(wanted).inserted { return wanted }
        var number = nextNumbers[wanted] ?? 2
        while !taken.insert("\(wanted)-\(number)").inserted { number += 1 }
        nextNumbers[wanted] = number + 1
        return "\(wanted)-\(number)"
    }
}

extension BaseURL {
    /// The URL without its scheme: http and https of one host and path are the same place.
    var address: Substring { text.dropFirst(scheme.rawValue.count + 3) }
}
