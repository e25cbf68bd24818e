package import Catalogs
package import Mirrors
package import Time

/// The latest `Observation` of every file on one access point.
///
/// Files are named by their `FileID`s, so the state is columns. Each file takes 14 bytes, and
/// 150,000 files 2.1 MB. Times are whole seconds from 1970 to 2106; others are clamped.
package struct CheckState: Equatable, Sendable {
    package private(set) var accessPointID: AccessPoint.ID
    /// Where the observations were made.
    ///
    /// An access point that moved is another place, and what was seen at the old one proves
    /// nothing.
    package let baseURL: String

    /// When the state was begun: nobody looked before; nil where nobody has looked yet.
    package var beganAt: Timestamp?
    /// What is known of the times that files have here.
    package var timeKeeping = TimeKeeping()
    /// Since when the access point is doubted; nil while it is not.
    package internal(set) var doubtedAt: Timestamp?
    /// Since when losses are counted.
    package internal(set) var lossesSince = Timestamp(secondsSinceEpoch: 0)
    /// How fast the latest batches of new files appeared, newest first.
    package internal(set) var appearances: [Appearance] = []
    /// How the access point was asked last; see ``strategy(now:)``.
    package internal(set) var rememberedStrategy: RememberedStrategy?
    /// When the mirror's rsync listing was found to say other things than the access point itself;
    /// nil where that never was so.
    package var contradictedAt: Timestamp?

    /// What the policy of checking remembers.
    package var memory = Memory()

    package internal(set) var observations = ObservationColumns()
    /// The byte counts of altered files; few, so they have no column.
    var alteredByteCounts: [UInt32: UInt64] = [:]

    package init(accessPointID: AccessPoint.ID, baseURL: String) {
        self.accessPointID = accessPointID
        self.baseURL = baseURL
    }

    /// The same state under the id of another access point with the same base URL.
    package func relabelled(_ id: AccessPoint.ID) -> CheckState {
        var state = self
        state.accessPointID = id
        return state
    }

    /// The number of the last file that was ever asked for, plus one.
    package var count: Int { observations.count }

    /// What is known of the file `id`: ``Observation/never`` where it was never asked for.
    ///
    /// Setting an outcome other than altered forgets the byte count that an altered file had.
    package subscript(id: FileID) -> Observation {
        get { index(of: id).map { observations[$0] } ?? .never }
        set {
            observations.grow(to: Int(id.rawValue) + 1)
            observations[Int(id.rawValue)] = newValue
            if newValue.outcome != .altered, !alteredByteCounts.isEmpty {
                alteredByteCounts[id.rawValue] = nil
            }
        }
    }

    /// What is known of the file without the times: the cheap part of the subscript.
    package func outcome(of id: FileID) -> Observation.Outcome {
        index(of: id).map { observations.outcome(at: $0) } ?? .unknown
    }

    /// The generation of the observation; 0 where the file was never asked for.
    package func generation(of id: FileID) -> UInt32 {
        index(of: id).map { observations.generations[$0] } ?? 0
    }

    /// How long the file was where it was altered; nil for other outcomes, and where the mirror did
    /// not say.
    package func alteredByteCount(of id: FileID) -> UInt64? {
        alteredByteCounts.isEmpty ? nil : alteredByteCounts[id.rawValue]
    }

    /// Notes how long an altered file was; no effect on a file with another outcome.
    package mutating func setAlteredByteCount(_ byteCount: UInt64?, of id: FileID) {
        guard outcome(of: id) == .altered else { return }
        alteredByteCounts[id.rawValue] = byteCount
    }

    /// Nil where the file was never asked for.
    private func index(of id: FileID) -> Int? {
        let index = Int(id.rawValue)
        return index < count ? index : nil
    }

    /// The cheap question before those about a loss.
    func isHeldOrLost(_ id: FileID) -> Bool {
        guard let index = index(of: id) else { return false }
        return observations.isLoss(at: index) || observations.outcome(at: index) == .present
    }

    /// Lets what is confirmed to be missing count as never there.
    mutating func forgetConfirmedLosses() {
        observations.forgetConfirmedLosses()
    }
}
