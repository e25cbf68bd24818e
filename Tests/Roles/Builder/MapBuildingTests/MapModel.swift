import Catalogs
import CheckStates
import Mirrors
import RegionMapFormat
import Time

/// The contents that the documented rules require of the map of a random deployment: plain
/// dictionaries, computed without the code under test.
struct MapModel {
    private let deployment: RandomDeployment
    /// The paths that each access point holds after the rules.
    private(set) var held: [AccessPoint.ID: Set<[UInt8]>] = [:]
    private var candidates: [(mirror: Mirror, point: AccessPoint)] = []

    init(_ deployment: RandomDeployment) {
        self.deployment = deployment
        for mirror in deployment.mirrors
        where mirror.isListed && mirror.isEnabled && mirror.weight > 0 {
            for point in mirror.accessPoints {
                let isSecret = point.scheme == .https
                guard isSecret || point.scheme == .http,
                    isSecret || mirror.rules.httpsOnly?.applied != true
                else { continue }
                let paths = paths(of: point, mirror.rules, areRemoved: false)
                // An access point with nothing but removed files is no candidate.
                guard !paths.isEmpty else { continue }
                held[point.id] = paths.union(
                    self.paths(of: point, mirror.rules, areRemoved: true)
                )
                candidates.append((mirror, point))
            }
        }
    }

    /// The paths of the tree that it holds, and the removed ones that it still serves.
    private func paths(
        of point: AccessPoint,
        _ rules: MirrorRules,
        areRemoved: Bool
    ) -> Set<[UInt8]> {
        guard let state = deployment.states[point.id] else { return [] }
        var paths: Set<[UInt8]> = []
        for id in deployment.catalog.ids {
            let file = deployment.catalog[id]
            let seen = state[id]
            let path = String(decoding: file.path.bytes, as: UTF8.self)
            if let removed = file.removed {
                guard areRemoved, file.byteCount != nil, !path.contains("/latest-"),
                    Timestamp.now.seconds(since: removed) < 14 * 86_400
                else { continue }
            } else if areRemoved {
                continue
            }
            guard seen.outcome == .present,
                seen.generation >= file.changedIn,
                Timestamp.now.seconds(since: seen.observedAt) <= RandomDeployment.maximumAge
            else { continue }
            let modified = file.modified.secondsSinceEpoch
            if path.contains("/latest-"), seen.observedAt.secondsSinceEpoch / 60 < modified / 60 {
                continue
            }
            if let prefixes = rules.prefixes?.applied {
                let isCovered = prefixes.contains { prefix in
                    var text = String(decoding: prefix.bytes, as: UTF8.self)
                    if !text.hasSuffix("/") { text += "/" }
                    return "\(path)/".hasPrefix(text)
                }
                if !isCovered { continue }
            }
            if let limit = rules.maximumFileSize?.applied, file.byteCount ?? 0 > limit { continue }
            paths.insert(file.path.bytes)
        }
        return paths
    }

    /// The access points as clients at `place` prefer them, each with the number of its group.
    private func order(
        at place: GeoLocation,
        _ home: [CountryCode]
    ) -> [(id: AccessPoint.ID, mirror: Mirror.ID, group: Int)] {
        let checker = deployment.region.location
        var rows = candidates.map { candidate in
            let mirror = candidate.mirror
            let sites =
                mirror.locations.isEmpty
                ? [Countries.location(of: mirror.country)].compactMap(\.self) : mirror.locations
            func expected(_ from: GeoLocation) -> Double? {
                sites.map { 20 + 0.03 * from.kilometres(to: $0) }.min()
            }
            let samples = deployment.samples.accessPoints[candidate.point.id]
            var milliseconds = expected(place)
            if let measured = samples?.settledMilliseconds {
                milliseconds = max(
                    1,
                    Double(measured) + ((expected(place) ?? 0) - (expected(checker) ?? 0))
                )
            }
            let errors = 1 + Double((samples?.errorsPerMille ?? 0) / 100) * 0.4
            return (
                id: candidate.point.id, mirror: mirror.id,
                milliseconds: (milliseconds ?? .infinity) * errors,
                isForeign: !home.contains(mirror.country),
                tie: unsafe PathHash.hash(Array(mirror.id.utf8).span.bytes, seed: 0)
            )
        }
        rows.sort { left, right in
            (left.milliseconds, left.tie, left.id) < (right.milliseconds, right.tie, right.id)
        }
        var order: [(id: AccessPoint.ID, mirror: Mirror.ID, group: Int)] = []
        var rest = rows[...]
        var group = 0
        while let first = rest.first {
            let limit = first.milliseconds + max(5, first.milliseconds * 0.25)
            let equals = rest.prefix { $0.milliseconds <= limit }
            rest = rest.dropFirst(equals.count)
            for part in [equals.filter { !$0.isForeign }, equals.filter(\.isForeign)]
            where !part.isEmpty {
                order += part.map { ($0.id, $0.mirror, group) }
                group += 1
            }
        }
        return order
    }

    /// The ids of the access points of each known path, best first.
    var replicas: [[UInt8]: [AccessPoint.ID]] {
        let region = deployment.region
        var always: Set<AccessPoint.ID> = []
        for candidate in candidates where region.countries.contains(candidate.mirror.country) {
            always.insert(candidate.point.id)
        }
        for candidate in candidates where !networks(of: candidate.point.id).networks.isEmpty {
            always.insert(candidate.point.id)
        }
        for country in region.countries {
            guard let place = Countries.location(of: country) else { continue }
            var mirrors: [Mirror.ID] = []
            for row in order(at: place, [country]) {
                if mirrors.count < 4, !mirrors.contains(row.mirror) { mirrors.append(row.mirror) }
                if mirrors.contains(row.mirror) { always.insert(row.id) }
            }
        }
        let order = order(at: region.location, region.countries)
        var replicas: [[UInt8]: [AccessPoint.ID]] = [:]
        for id in deployment.catalog.ids {
            let file = deployment.catalog[id]
            var ids: [AccessPoint.ID] = []
            var count = 0
            for row in order where held[row.id]?.contains(file.path.bytes) == true {
                if count < 16 || always.contains(row.id) { ids.append(row.id) }
                let (networks, isOnly) = networks(of: row.id)
                if networks.isEmpty || !isOnly { count += 1 }
            }
            guard file.removed == nil || !ids.isEmpty else { continue }
            let isDirectory = file.byteCount == nil
            replicas[file.path.bytes + (isDirectory ? [UInt8(ascii: "/")] : [])] = ids
        }
        return replicas
    }

    /// The rank of each access point for clients in `country`.
    func ranks(for country: CountryCode) -> [AccessPoint.ID: Int]? {
        guard deployment.region.countries.contains(country),
            let place = Countries.location(of: country)
        else { return nil }
        return Dictionary(
            uniqueKeysWithValues: order(at: place, [country]).map { ($0.id, $0.group) }
        )
    }

    /// The networks that an access point serves first, and whether it serves only those.
    func networks(of id: AccessPoint.ID) -> (networks: [RegionMapNetwork], isOnly: Bool) {
        let rules = candidates.first { $0.point.id == id }?.mirror.rules
        guard let networks = rules?.networks, !networks.isReportOnly else { return ([], false) }
        let isOnly = rules?.networksOnly.map { $0.value && !$0.isReportOnly } ?? false
        let known = [
            "192.0.2.0/24": RegionMapNetwork(bitCount: 120, high: 0, low: 0xFFFF_C000_0200),
            "2001:db8::/32": RegionMapNetwork(bitCount: 32, high: 0x2001_0DB8_0000_0000, low: 0),
            "AS64500": RegionMapNetwork(bitCount: 255, high: 0, low: 64_500),
        ]
        return (networks.value.compactMap { known["\($0)"] }, isOnly)
    }

    /// The client rules of an access point that the map must pass to the Redirector: the countries,
    /// whether they are exceptions, and the maximum share.
    func clientRules(of id: AccessPoint.ID) -> (countries: String, isExcept: Bool, share: Int)? {
        guard let rules = candidates.first(where: { $0.point.id == id })?.mirror.rules else {
            return nil
        }
        let only = rules.onlyCountries.flatMap { $0.isReportOnly ? nil : $0.value }
        let except = rules.exceptCountries.flatMap { $0.isReportOnly ? nil : $0.value }
        return (
            (only ?? except ?? []).map(\.letters).joined(), except != nil,
            rules.maxSharePerMille.flatMap { $0.isReportOnly ? nil : $0.value } ?? 1000
        )
    }
}
