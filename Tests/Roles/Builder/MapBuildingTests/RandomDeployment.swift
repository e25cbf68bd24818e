import Catalogs
import CheckStates
import JSON
import Mirrors
import ObjectStorage
import TestSupport
import Time

/// A random catalog, random mirrors with random rules, random observations and measurements of
/// them, and a random region to build the map of.
struct RandomDeployment {
    static let maximumAge: Int64 = 1000

    let region: Region
    private(set) var catalog = Catalog(generation: 3)
    private(set) var mirrors: [Mirror] = []
    private(set) var states: [AccessPoint.ID: CheckState] = [:]
    private(set) var samples = ProbeSamples()

    static let countries = ["DE", "FR", "US", "JP", "BR", "ZA", "AU", "AE", "AQ"]
        .compactMap { CountryCode($0) }

    init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        region = Region(
            id: "here",
            name: "Here",
            location: Self.location(&random),
            countries: Self.countries.filter { _ in Int.random(in: 0..<3, using: &random) == 0 }
        )
        let isLong = Int.random(in: 0..<20, using: &random) == 0
        for index in 0..<Int.random(in: 1...(isLong ? 140 : 12), using: &random) {
            let isDirectory = Int.random(in: 0..<8, using: &random) == 0
            let isRemoved = Int.random(in: 0..<8, using: &random) == 0
            catalog.append(
                .make(
                    ["one/\(index)", "two/deep/\(index)", "two/latest-\(index).txt"]
                        .randomElement(using: &random) ?? "",
                    byteCount: isDirectory ? nil : .random(in: 0...100, using: &random),
                    modified: Timestamp.now.advanced(
                        bySeconds: -.random(in: 0...900, using: &random)
                    ),
                    removed: isRemoved
                        ? .now.advanced(bySeconds: -10 * 86_400 * Int64(index % 3)) : nil,
                    changedIn: .random(in: 1...3, using: &random)
                )
            )
        }
        let isLarge = Int.random(in: 0..<6, using: &random) == 0
        for index in 0..<Int.random(in: 1...(isLarge ? 40 : 10), using: &random) {
            let mirror = Self.mirror(index, &random)
            mirrors.append(mirror)
            for point in mirror.accessPoints {
                if Int.random(in: 0..<8, using: &random) > 0 {
                    states[point.id] = state(of: point, &random)
                }
                if Int.random(in: 0..<3, using: &random) == 0 {
                    measure(point, &random)
                }
            }
        }
    }

    private static func location(_ random: inout SeededGenerator) -> GeoLocation {
        // The values are in range, so this is never nil.
        let location = GeoLocation(
            latitude: .random(in: -90...90, using: &random),
            longitude: .random(in: -180...180, using: &random)
        )
        guard let location else { fatalError("a location in range is none") }
        return location
    }

    private static func mirror(_ index: Int, _ random: inout SeededGenerator) -> Mirror {
        let country = countries[Int.random(in: 0..<countries.count, using: &random)]
        let schemes = AccessPoint.Scheme.allCases.filter { _ in Bool.random(using: &random) }
        return Mirror(
            id: "m\(index)",
            name: "Mirror \(index)",
            country: country,
            region: "here",
            locations: (0..<Int.random(in: 0...2, using: &random)).map { _ in location(&random) },
            weight: Int.random(in: 0..<8, using: &random) == 0 ? 0 : 100,
            rules: rules(&random),
            isEnabled: Int.random(in: 0..<8, using: &random) > 0,
            isListed: Int.random(in: 0..<8, using: &random) > 0,
            accessPoints: schemes.map {
                AccessPoint(id: "m\(index)-\($0)", scheme: $0, baseURL: "\($0)://m\(index)/")
            }
        )
    }

    private static func rules(_ random: inout SeededGenerator) -> MirrorRules {
        var rules = MirrorRules()
        func rule<Value>(_ value: Value?) -> MirrorRule<Value>? {
            guard let value else { return nil }
            return switch Int.random(in: 0..<8, using: &random) {
            case 0: MirrorRule(value)
            case 1: MirrorRule(value, isReportOnly: true)
            default: nil
            }
        }
        let prefixes = ["one", "two/", "two/deep/", "tw"].filter { _ in Bool.random(using: &random)
        }
        rules.prefixes = rule(prefixes.isEmpty ? nil : prefixes.map { TreePath($0) })
        rules.maximumFileSize = rule(UInt64.random(in: 1...100, using: &random))
        rules.httpsOnly = rule(Bool.random(using: &random))
        rules.maxSharePerMille = rule(Int.random(in: 1...1000, using: &random))
        let countries = countries.filter { _ in Bool.random(using: &random) }
        if Bool.random(using: &random) {
            rules.onlyCountries = rule(countries.isEmpty ? nil : countries)
        } else {
            rules.exceptCountries = rule(countries.isEmpty ? nil : countries)
        }
        rules.networks = rule(
            ["192.0.2.0/24", "2001:db8::/32", "AS64500"].shuffled(using: &random)
                .compactMap { ClientNetwork($0) }
        )
        if rules.networks != nil { rules.networksOnly = rule(Bool.random(using: &random)) }
        return rules
    }

    private func state(of point: AccessPoint, _ random: inout SeededGenerator) -> CheckState {
        var state = CheckState(accessPointID: point.id, baseURL: point.baseURL)
        for id in catalog.ids where Int.random(in: 0..<8, using: &random) > 0 {
            let isPresent = Int.random(in: 0..<4, using: &random) > 0
            state[id] = .make(
                isPresent ? .present : .absent,
                age: .random(in: 0...1100, using: &random),
                generation: .random(in: 1...3, using: &random)
            )
        }
        return state
    }

    private mutating func measure(_ point: AccessPoint, _ random: inout SeededGenerator) {
        let milliseconds = Int64.random(in: 1...400, using: &random)
        for _ in 0..<Int.random(in: 1...25, using: &random) {
            let isAnswered = Int.random(in: 0..<5, using: &random) > 0
            samples.accessPoints[point.id, default: .init()].add(isAnswered ? milliseconds : nil)
        }
    }
}

extension RandomDeployment {
    /// The deployment in a new store.
    func stored() throws -> InMemoryStore {
        let store = InMemoryStore()
        try store.publish(catalog)
        try store.publish(mirrors)
        for state in states.values { try store.publish(state) }
        try store.put(BlobKey(ProbeSamples.key(of: region.id)), samples.json.serialized())
        let regions: JSONValue = [
            "version": 1,
            "regions": [
                [
                    "name": .string(region.name), "location": region.location.json,
                    "countries": .array(region.countries.map { .string($0.letters) }),
                ]
            ],
        ]
        try store.put(BlobKey("regions.json"), regions.serialized())
        return store
    }
}
