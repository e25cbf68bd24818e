import Glibc
import Mirrors

/// The transfer of the beginning of a file, over its own connection.
package struct Transfer: Hashable, Sendable {
    package let byteCount: UInt64
    /// From the first byte to the last, or until the time limit.
    package let seconds: Double
    /// The round-trip time of the connection's first packet; nil if it is not known.
    package let roundTripSeconds: Double?

    package init(byteCount: UInt64, seconds: Double, roundTripSeconds: Double? = nil) {
        self.byteCount = byteCount
        self.seconds = seconds
        self.roundTripSeconds = roundTripSeconds
    }
}

extension Transfer {
    /// What a server sends before the first acknowledgement: ten segments (RFC 6928).
    private static let firstWindow = 14_600.0
    /// At least this part of a transfer's time counts: if all of it went into the growth of the
    /// window, the remainder is noise.
    private static let leastPart = 1.0 / 16
    private static let rounds = 8

    /// The throughput of the server and the route in KiB per second, without the time that TCP's
    /// slow start takes at this distance.
    ///
    /// The window doubles in each round trip, starting from ten segments, until it is as large as
    /// the data in flight at the full rate (Cardwell, Savage and Anderson, "Modeling TCP Latency",
    /// INFOCOM 2000, without losses). All but one of k such rounds are lost time; k depends on the
    /// result, so it is found iteratively.
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
