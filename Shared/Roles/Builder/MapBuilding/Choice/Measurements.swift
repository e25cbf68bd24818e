import CheckStates

/// The measurements of an access point, as far as there are any.
package struct Measurements: Hashable, Sendable {
    /// Time to first byte as smoothed by the region's checker.
    package var latencyMilliseconds: Int?
    /// Failed recent probes, per mille.
    package var errorsPerMille: Int?
    /// How long new files take to reach the mirror; see `Freshness.lagMinutes`.
    package var lagMinutes: Int?
    /// The throughput as settled by the region's checker; see ``TransferModel``.
    package var kibibytesPerSecond: Int?

    package init(
        latencyMilliseconds: Int? = nil,
        errorsPerMille: Int? = nil,
        lagMinutes: Int? = nil,
        kibibytesPerSecond: Int? = nil
    ) {
        self.latencyMilliseconds = latencyMilliseconds
        self.errorsPerMille = errorsPerMille
        self.lagMinutes = lagMinutes
        self.kibibytesPerSecond = kibibytesPerSecond
    }
}

extension Freshness {
    /// The minutes until nine in ten new files have arrived, in whole quarters of an hour.
    ///
    /// A file that has not arrived counts with its age. Rounding keeps a passing minute from
    /// changing the map.
    package var lagMinutes: Int { Self.minutes(ninetySeconds) }

    /// Converts seconds to minutes, in whole quarters of an hour.
    static func minutes(_ seconds: Int64) -> Int { Int(clamping: seconds / 900 * 15) }
}
