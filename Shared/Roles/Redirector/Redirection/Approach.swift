/// How long an access point takes to be reached from any place.
///
/// The time to first byte that is expected is `start` and two round trips over the great circle to
/// the nearest site, times `factor`: what the Builder reckons with (`RankingScore`), from where the
/// client is.
struct Approach: Sendable {
    /// In milliseconds: 20, or what a measurement shows beyond the distance.
    let start: Double
    /// From 1 on, for errors and lag.
    let factor: Double
    /// What its weight is multiplied by: a mirror's weight is that of all its sites, and near one
    /// of them it has that one's part.
    let weightPart: Double

    /// Two round trips at 200 km a millisecond in fibre, on ways half as long again as the great
    /// circle.
    static let millisecondsPerRadian = 6371 * 4 * 1.5 / 200

    /// How many bands a doubling of the time is cut into.
    ///
    /// Those of one band are equals. Measured with `make simulate`: with 5 no client goes
    /// noticeably farther, and the load spreads over what a city has; docs/performance.md has the
    /// alternatives.
    private static let bandsPerDoubling: UInt64 = 5
    /// The band of those whose place is not known.
    static let lastBand: UInt64 = 4095

    /// The group of equals at an angle with `cosine`; 0 is best.
    ///
    /// The bits of a number grow almost as its logarithm does: a fifth of a step of its exponent is
    /// a time that is 10 to 20 % longer. Where bands begin is shifted by `key`, so that nobody is
    /// always just behind an edge.
    @inline(__always)
    func band(atCosine cosine: Double, key: UInt64) -> UInt64 {
        guard cosine >= -1.5 else { return Self.lastBand }
        let milliseconds = max(1, self.milliseconds(atCosine: cosine)) * factor
        let bits = UInt64(Float(milliseconds).bitPattern) &* Self.bandsPerDoubling
        return (bits &+ Self.shift(key)) &>> Self.bandBitCount
    }

    /// The time at an angle with `cosine`, without its factor.
    @inline(__always)
    func milliseconds(atCosine cosine: Double) -> Double {
        start + GlobePoint.angle(ofCosine: cosine) * Self.millisecondsPerRadian
    }

    private static let bandBitCount: UInt64 = 23

    private static func shift(_ key: UInt64) -> UInt64 { key & (1 &<< bandBitCount &- 1) }

    /// A time in milliseconds above which nobody is in `band` or a better one.
    static func mostMilliseconds(ofBand band: UInt64, key: UInt64) -> Double {
        guard band < lastBand else { return .infinity }
        let bits = ((band &+ 1) &<< bandBitCount &- shift(key)) / bandsPerDoubling
        return Double(Float(bitPattern: UInt32(clamping: bits &+ 1)))
    }

    /// A cosine below which nobody answers within `milliseconds`; `start` is the least of any.
    static func leastCosine(within milliseconds: Double, start: Double) -> Double {
        let angle = (milliseconds - start) / millisecondsPerRadian
        guard angle < 3.1 else { return -3 }
        // More than what the arc cosine is wrong by.
        return GlobePoint.cosine(max(0, angle)) - 2e-4
    }
}

extension Approach {
    /// From what a map says; what nobody measured counts as usual.
    init(
        siteCount: Int,
        kilometres: UInt16?,
        latencyMilliseconds: UInt16?,
        errorsPerMille: UInt16?,
        lagMinutes: UInt16?
    ) {
        // As measured where the region's checker is, less the way from there.
        var start = 20.0
        if let latencyMilliseconds, let kilometres {
            start = Double(latencyMilliseconds) - Double(kilometres) * 4 * 1.5 / 200
        }
        self.start = start
        factor =
            (1 + Double((errorsPerMille ?? 0) / 100) * 0.4)
            * (1 + 0.25 * Double(min(24, (lagMinutes ?? 0) / 60)) / 24)
        weightPart = 1 / Double(max(1, siteCount))
    }
}

/// The sites of one access point, apart from all else: of most candidates nothing more is looked
/// at.
struct ApproachSites: Sendable {
    /// The first one; nowhere where no place is known.
    let first: GlobePoint
    /// Where in the table's other sites those of a mirror of several are.
    let otherStart: UInt32
    let otherEnd: UInt32
}
