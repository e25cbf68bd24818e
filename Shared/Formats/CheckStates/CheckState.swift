package import Catalogs
package import Mirrors
package import Time

/// The latest `Observation` of every file on one access point.
///
/// Files are identified by `FileID`, so the state consists of columns. Each file takes 2 to 5
/// bytes, 150,000 files take up to 0.8 MB. Times are whole seconds from 1970 to 2106; others are
/// clamped.
package struct CheckState: Equatable, Sendable {
    package private(set) var accessPointID: AccessPoint.ID
    /// The URL at which the observations were made.
    ///
    /// An access point that moved is another place, and observations at the old one prove nothing.
    package let baseURL: String

    /// When the state was begun, before which nobody looked; nil if nobody has looked yet.
    package var beganAt: Timestamp?
    /// What is known of the modification times here.
    package var timeKeeping = TimeKeeping()
    /// Since when the access point is doubted; nil if it is not.
    package internal(set) var doubtedAt: Timestamp?
    /// Since when losses are counted.
    package internal(set) var lossesSince = Timestamp(secondsSinceEpoch: 0)
    /// How fast the latest batches of new files appeared, newest first.
    package internal(set) var appearances: [Appearance] = []
    /// How the access point was last asked; see ``strategy(now:)``.
    package internal(set) var rememberedStrategy: RememberedStrategy?
    /// When the mirror's rsync listing was found to contradict the access point itself; nil if it
    /// never was.
    package var contradictedAt: Timestamp?

    /// What the check policy remembers.
    package var memory = CheckMemory()

    package internal(set) var observations = ObservationColumns()
    /// The lengths of altered files; too few for a column.
    var alteredByteCounts: [UInt32: UInt64] = [:]

    package init(accessPointID: AccessPoint.ID, baseURL: String) {
        self.accessPointID = accessPointID
        self.baseURL = baseURL
    }

    /// This state under the id of another access point with the same base URL.
    package func relabelled(_ id: AccessPoint.ID) -> CheckState {
        var state = self
        state.accessPointID = id
        return state
    }

    /// The number of the last file that was ever asked for, plus one.
    package var count: Int { observations.count }

    /// The observation of the file `id`: ``Observation/never`` if it was never asked for.
    ///
    /// Setting any outcome but altered discards the length of an altered file.
    package subscript(id: FileID) -> Observation {
        get { observations[id] }
        set {
            let index = Int(id.rawValue)
            if index >= observations.count { observations.grow(to: index + 1) }
            observations[index] = newValue
            if !alteredByteCounts.isEmpty, newValue.outcome != .altered {
                alteredByteCounts[id.rawValue] = nil
            }
        }
    }

    /// The outcome without the times: the cheap part of the subscript.
    package func outcome(of id: FileID) -> Observation.Outcome {
        observations.outcome(of: id)
    }

    /// The generation of the observation; 0 if the file was never asked for.
    package func generation(of id: FileID) -> UInt32 {
        observations.generation(of: id)
    }

    /// The length of an altered file; nil for other outcomes, and if the mirror did not give it.
    package func alteredByteCount(of id: FileID) -> UInt64? {
        alteredByteCounts.isEmpty ? nil : alteredByteCounts[id.rawValue]
    }

    /// Sets the length of an altered file; no effect on a file with another outcome.
    package mutating func setAlteredByteCount(_ byteCount: UInt64?, of id: FileID) {
        guard byteCount != nil || !alteredByteCounts.isEmpty, outcome(of: id) == .altered
        else { return }
        alteredByteCounts[id.rawValue] = byteCount
    }

    /// Nil if the file was never asked for.
    private func index(of id: FileID) -> Int? {
        let index = Int(id.rawValue)
        return index < count ? index : nil
    }

    /// A cheap test before those for a loss.
    func isHeldOrLost(_ id: FileID) -> Bool {
        guard let index = index(of: id) else { return false }
        return observations.isLoss(at: index) || observations.outcome(at: index) == .present
    }

    /// Makes confirmed losses count as never having been there.
    mutating func forgetConfirmedLosses() {
        observations.forgetConfirmedLosses()
    }
}
