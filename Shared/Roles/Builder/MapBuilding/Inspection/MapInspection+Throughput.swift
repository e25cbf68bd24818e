import Mirrors
import RegionMapFormat

extension MapInspection {
    /// The throughput of an access point in the map, the days' measurements in storage, and the
    /// effect on its rank.
    static func throughputLines(
        of point: RegionMapAccessPoint,
        in map: PublishedMap,
        _ samples: ThroughputSamples?
    ) -> [String] {
        var lines: [String] = []
        if let throughput = point.throughput {
            let lost = throughput.lostMilliseconds
            lines.append(
                "sends     \(throughput.kibibytesPerSecond) KiB a second: "
                    + (lost == 0
                        ? "no less than clients' lines take, nothing is lost"
                        : "a transfer loses what \(lost) ms to the first byte would")
            )
            if lost > 0, let before = expected(of: point, withThroughput: false) {
                lines.append(
                    "          without it \(rounded(before)) ms would be expected, as of rank "
                        + "\(rank(of: before, beside: point, in: map)) instead of \(point.rank)"
                )
            }
        }
        guard let spread = samples?.spread else { return lines }
        lines.append(
            "days      \(spread.dayCount), \(spread.least) to \(spread.most) KiB a second, the "
                + "median \(spread.median)"
                + (spread.isAgreed
                    ? "" : "; they do not count: \(spread.agreeingCount) agree with it")
        )
        return lines
    }

    /// The rank of the access points whose expected time is this.
    private static func rank(
        of milliseconds: Double,
        beside point: RegionMapAccessPoint,
        in map: PublishedMap
    ) -> UInt16 {
        let nearer = map.accessPoints.filter { other in
            other.id != point.id && expected(of: other).map { $0 <= milliseconds } ?? false
        }
        return nearer.map(\.rank).max() ?? 0
    }

    /// The factors for the errors and the lag of an access point.
    static func factors(
        of point: RegionMapAccessPoint
    ) -> (errors: Double, lag: Double) {
        (
            RankingScore.errorFactor(perMille: Int(point.errorsPerMille ?? 0)),
            RankingScore.lagFactor(minutes: Int(point.lagMinutes ?? 0))
        )
    }

    /// The milliseconds by which an access point is ranked for the region as a whole; nil if
    /// neither its time nor its place is known.
    static func expected(
        of point: RegionMapAccessPoint,
        withThroughput: Bool = true
    ) -> Double? {
        let distant = point.distanceKilometres.map { RankingScore.expected(Double($0)) }
        guard let start = point.latencyMilliseconds.map(Double.init) ?? distant else { return nil }
        let lost = withThroughput ? Double(point.throughput?.lostMilliseconds ?? 0) : 0
        let factors = factors(of: point)
        return (start + lost) * factors.errors * factors.lag
    }
}
