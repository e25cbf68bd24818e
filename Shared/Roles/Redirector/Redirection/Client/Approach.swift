/// How long it takes to reach an access point from any place.
///
/// The expected time to first byte is `start` plus two round trips over the great circle to the
/// nearest site, times `factor`: the builder's formula (`RankingScore`), applied to the client's
/// place.
struct Approach: Sendable {
    /// In milliseconds: 20, or the measured excess over the distance; plus what a transfer loses by
    /// a low throughput.
    let start: Double
    /// At least 1, for errors and lag.
    let factor: Double
    /// The multiplier of its weight: a mirror's weight is divided among its sites, and near one of
    /// them it has that one's part.
    let weightPart: Double

    /// Two round trips at 200 km a millisecond in fibre, on routes half as long again as the great
    /// circle.
    static let millisecondsPerRadian = 6371 * 4 * 1.5 / 200

    /// The number of bands in a doubling of the time.
    ///
    /// Access points in the same band are equals. Measured with `make simulate`: with 5, no client
    /// is sent noticeably farther, and the load spreads over a city's mirrors; docs/performance.md
    /// has the alternatives.
    private static let bandsPerDoubling: UInt64 = 5
    /// The band of access points with an unknown location.
    static let lastBand: UInt64 = 4095

    /// The group of equals at an angle with `cosine`; 0 is best.
    ///
    /// The bits of a floating-point number grow almost like its logarithm: a fifth of a step of its
    /// exponent is a time longer by 10 to 20 %. The edges of the bands are shifted by `key`, so
    /// that no mirror is always just behind one.
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

    /// A time in milliseconds that no member of `band` or a better one exceeds.
    static func mostMilliseconds(ofBand band: UInt64, key: UInt64) -> Double {
        guard band < lastBand else { return .infinity }
        let bits = ((band &+ 1) &<< bandBitCount &- shift(key)) / bandsPerDoubling
        return Double(Float(bitPattern: UInt32(clamping: bits &+ 1)))
    }

    /// A cosine below which no access point answers within `milliseconds`; `start` is the minimum
    /// of all.
    static func leastCosine(within milliseconds: Double, start: Double) -> Double {
        let angle = (milliseconds - start) / millisecondsPerRadian
        guard angle < 3.1 else { return -3 }
        // More than the error of the arc cosine.
        return GlobePoint.cosine(max(0, angle)) - 2e-4
    }
}

extension Approach {
    /// Reads the values from a map; missing measurements count as average.
    @inline(__always)
    init(siteCount: Int, _ measured: AccessPointTable.Measurements) {
        // As measured by the region's checker, less its distance.
        var start = 20.0
        if let latency = measured.latencyMilliseconds, let kilometres = measured.kilometres {
            start = Double(latency) - Double(kilometres) * 4 * 1.5 / 200
        }
        self.start = start + Double(measured.lostMilliseconds)
        factor =
            (1 + Double((measured.errorsPerMille ?? 0) / 100) * 0.4)
            * (1 + 0.25 * Double(min(24, (measured.lagMinutes ?? 0) / 60)) / 24)
        weightPart = 1 / Double(max(1, siteCount))
    }
}

/// The sites of one access point, kept apart because for most candidates nothing else is read.
struct ApproachSites: Sendable {
    /// The first site; nowhere if no location is known.
    let first: GlobePoint
    /// The start of the additional sites in the table's list.
    let otherStart: UInt32
    let otherEnd: UInt32
}
