import Glibc
import Mirrors

/// How the beginning of a file came, over a connection of its own.
package struct Transfer: Hashable, Sendable {
    package let byteCount: UInt64
    /// From the first byte to the last, or to the end of the patience.
    package let seconds: Double
    /// How long the connection's first packet took there and back; nil where that is not known.
    package let roundTripSeconds: Double?

    package init(byteCount: UInt64, seconds: Double, roundTripSeconds: Double? = nil) {
        self.byteCount = byteCount
        self.seconds = seconds
        self.roundTripSeconds = roundTripSeconds
    }
}

extension Transfer {
    /// What the server sends at first without hearing from us: ten segments (RFC 6928).
    private static let firstWindow = 14_600.0
    /// The least part of its time that a transfer counts with: what is left where all of it went
    /// into the growth of the window is noise.
    private static let leastPart = 1.0 / 16
    private static let rounds = 8

    /// The KiB a second that the server and the way have to give, without what TCP's slow start
    /// takes at this distance.
    ///
    /// The window doubles in each round trip from ten segments on, until it is as large as what is
    /// under way at the full rate (Cardwell, Savage and Anderson, "Modeling TCP Latency", INFOCOM
    /// 2000, without losses). Of k such rounds all but one are lost time; k depends on the rate
    /// that is looked for, so it is found step by step.
    package var kibibytesPerSecond: Int {
        let least = max(seconds * Self.leastPart, 1e-3)
        let trip = min(max(roundTripSeconds ?? 0, 0), seconds)
        var own = max(seconds, least)
        for _ in 0..<Self.rounds where trip > 0 && byteCount > 0 {
            let window = Double(byteCount) / own * trip
            let lostRounds = max(0, log2(window / Self.firstWindow) - 1)
            own = max(least, seconds - lostRounds * trip)
        }
        let rate = Double(byteCount) / own / 1024
        let rates = ThroughputSamples.rates
        return Int(min(max(rate, Double(rates.lowerBound)), Double(rates.upperBound)))
    }
}
