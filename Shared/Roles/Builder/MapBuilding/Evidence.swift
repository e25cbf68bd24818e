import CheckStates

/// What was measured of an access point, as far as it is known.
package struct Evidence: Hashable, Sendable {
    /// Time to first byte as the region's checker settled on it.
    package var latencyMilliseconds: Int?
    /// Recent probes that failed, in thousandths.
    package var errorsPerMille: Int?
    /// How long new files take to arrive at the mirror; see `Freshness.lagMinutes`.
    package var lagMinutes: Int?

    package init(
        latencyMilliseconds: Int? = nil,
        errorsPerMille: Int? = nil,
        lagMinutes: Int? = nil
    ) {
        self.latencyMilliseconds = latencyMilliseconds
        self.errorsPerMille = errorsPerMille
        self.lagMinutes = lagMinutes
    }
}

extension Freshness {
    /// The minutes until nine in ten new files are there, in whole quarters of an hour: what is not
    /// there yet counts with its age, and no map is made again because a minute went by.
    package var lagMinutes: Int { Self.minutes(ninetySeconds) }

    /// Seconds as whole quarters of an hour, in minutes.
    static func minutes(_ seconds: Int64) -> Int { Int(clamping: seconds / 900 * 15) }
}
