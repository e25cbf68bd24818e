import MirrorStorage
import Mirrors
import RegionMapFormat
import Time

extension MapInspection {
    /// Explains the ranks of a mirror's access points in a region's map from the map itself: the
    /// measurements, and how they make an order.
    ///
    /// The single days of the throughput are those that the store has now.
    /// `mirror` is the id of a mirror or of one of its access points; `region` names a region or a
    /// map.
    package func explainRank(of mirror: String, in region: String) throws -> String {
        let name =
            region.contains("/") || region.hasSuffix(".map") ? region : BlobName.map(of: region)
        let map = try map(name)
        let points = map.accessPoints.filter { $0.mirrorID == mirror || $0.id == mirror }
        guard !points.isEmpty else { throw MapBuildingError.unknownMirror(mirror, map: name) }
        let built = Timestamp(secondsSinceEpoch: map.header.builtAt)
        let first = "\(mirror) in the map of \(map.regionID), built \(built)"
        let samples = (try? store.probeSamples(of: map.regionID)) ?? ProbeSamples()
        return
            ([first]
            + points.map { Self.explanation(of: $0, in: map, samples.accessPoints[$0.id]) })
            .joined(separator: "\n\n")
    }

    private static func explanation(
        of point: RegionMapAccessPoint,
        in map: PublishedMap,
        _ samples: ProbeSamples.Samples?
    ) -> String {
        var lines = [
            "\(point.id)  \(point.baseURL)",
            "  rank      \(point.rank) of 0 to \(map.accessPoints.last?.rank ?? 0)",
        ]
        lines += timeLines(of: point).map { "  \($0)" }
        lines += throughputLines(of: point, in: map, samples?.throughput).map { "  \($0)" }
        lines += equalLines(of: point, in: map).map { "  \($0)" }
        if let ranks = countryLine(of: point, in: map) { lines.append("  countries \(ranks)") }
        if !point.networks.isEmpty {
            let only = point.servesNetworksOnly ? ", and nobody else" : ""
            lines.append("  networks  clients of \(point.networks.count) come first\(only)")
        }
        return lines.joined(separator: "\n")
    }

    /// The expected time, with its parts.
    private static func timeLines(of point: RegionMapAccessPoint) -> [String] {
        var lines: [String] = []
        let distant = point.distanceKilometres.map { RankingScore.expected(Double($0)) }
        if let kilometres = point.distanceKilometres, let distant {
            lines.append(
                "place     \(kilometres) km from the region at its nearest site: "
                    + "\(rounded(distant)) ms are expected of that"
            )
        }
        let basis: String
        if let measured = point.latencyMilliseconds {
            lines.append("measured  \(measured) ms to the first byte, which counts instead")
            basis = "\(measured)"
        } else {
            lines.append("measured  nothing, or not enough")
            guard let distant else { return lines + ["expected  unknown: it comes last"] }
            basis = rounded(distant)
        }
        let (errorFactor, lagFactor) = factors(of: point)
        lines += [
            "errors    \(point.errorsPerMille ?? 0) of 1000 probes failed: times "
                + rounded(errorFactor),
            "lag       \(point.lagMinutes ?? 0) minutes until new files arrive: times "
                + rounded(lagFactor),
        ]
        let lost = point.throughput?.lostMilliseconds ?? 0
        let start = lost > 0 ? "(\(basis) + \(lost))" : basis
        lines.append(
            "expected  \(start) * \(rounded(errorFactor)) * \(rounded(lagFactor)) = "
                + "\(rounded(expected(of: point) ?? 0)) ms"
        )
        return lines
    }

    /// The access points of equal rank, and this one's share among them.
    private static func equalLines(
        of point: RegionMapAccessPoint,
        in map: PublishedMap
    ) -> [String] {
        var weights: [String: Int] = [:]
        for other in map.accessPoints
        where other.rank == point.rank && (other.scheme == .http || other.scheme == .https) {
            weights[other.mirrorID] = Int(other.weight)
        }
        let total = weights.values.reduce(0, +)
        guard let weight = weights[point.mirrorID], total > 0 else {
            return ["equals    none: clients are sent to http and https alone"]
        }
        let others = weights.keys.filter { $0 != point.mirrorID }.sorted()
        let named = others.prefix(8).joined(separator: ", ") + (others.count > 8 ? ", …" : "")
        return [
            "equals    \(others.isEmpty ? "none" : named); by weight it gets \(weight) of \(total)"
        ]
    }

    /// Its ranks for clients of single countries, best first.
    private static func countryLine(
        of point: RegionMapAccessPoint,
        in map: PublishedMap
    ) -> String? {
        guard let index = map.accessPoints.firstIndex(where: { $0.id == point.id }) else {
            return nil
        }
        let ranks = map.ranks(ofAccessPointAt: index).sorted {
            ($0.rank, $0.country) < ($1.rank, $1.country)
        }
        guard !ranks.isEmpty else { return nil }
        return ranks.prefix(12).map { "\($0.country) \($0.rank)" }.joined(separator: ", ")
            + (ranks.count > 12 ? ", …" : "")
    }

    /// Rounded to two decimals at most.
    static func rounded(_ number: Double) -> String {
        let hundredths = Int((number * 100).rounded())
        let (whole, rest) = hundredths.quotientAndRemainder(dividingBy: 100)
        guard rest > 0 else { return "\(whole)" }
        let digits = rest < 10 ? "0\(rest)" : rest % 10 == 0 ? "\(rest / 10)" : "\(rest)"
        return "\(whole).\(digits)"
    }
}
