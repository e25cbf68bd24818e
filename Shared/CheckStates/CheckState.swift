package import Catalogs
package import Mirrors

/// The latest ``Observation`` of every file on one access point.
///
/// Files are named by their `FileID`s, so the state is an array. Each file takes 16 bytes, and 150,000
/// files 2.4 MB. Times are whole seconds from 1970 to 2106; others are clamped.
package struct CheckState: Equatable, Sendable {
    package let accessPointID: AccessPoint.ID
    /// Where the observations were made.
    ///
    /// An access point that moved is another place, and what was seen at the old one proves nothing.
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
    /// How the access point was asked last; see ``way(now:)``.
    package internal(set) var rememberedWay: RememberedWay?
    /// When the mirror's rsync listing was found to say other things than the access point itself; nil
    /// where that never was so.
    package var contradictedAt: Timestamp?

    var cells: [Cell] = []
    /// The byte counts of altered files; few, so they have no column.
    var alteredByteCounts: [UInt32: UInt64] = [:]

    /// An observation as it is held.
    struct Cell: Equatable, Sendable {
        var observedAt: UInt32 = 0
        var askedAt: UInt32 = 0
        var generation: UInt32 = 0
        /// The raw value of the outcome, plus ``confirmedBit`` and ``lossBit``.
        var status: UInt8 = 0
        var failures: UInt8 = 0

        static let confirmedBit: UInt8 = 8
        static let lossBit: UInt8 = 16
        /// All bits beside the outcome.
        static let flags = confirmedBit | lossBit
        /// The highest raw value of an outcome.
        static let outcomeLimit = Observation.Outcome.stale.rawValue
    }

    package init(accessPointID: AccessPoint.ID, baseURL: String) {
        self.accessPointID = accessPointID
        self.baseURL = baseURL
    }

    /// The number of the last file that was ever asked for, plus one.
    package var count: Int { cells.count }

    /// What is known of the file `id`: ``Observation/never`` where it was never asked for.
    ///
    /// Setting an outcome other than altered forgets the byte count that an altered file had.
    package subscript(id: FileID) -> Observation {
        get {
            guard let cell = cell(of: id) else { return .never }
            return Observation(
                outcome: Self.outcome(of: cell),
                isConfirmed: cell.status & Cell.confirmedBit != 0,
                observedAt: Timestamp(secondsSinceEpoch: Int64(cell.observedAt)),
                askedAt: Timestamp(secondsSinceEpoch: Int64(cell.askedAt)),
                generation: cell.generation,
                isLoss: cell.status & Cell.lossBit != 0,
                failures: cell.failures
            )
        }
        set {
            let index = Int(id.rawValue)
            if index >= cells.count {
                cells.append(contentsOf: repeatElement(Cell(), count: index + 1 - cells.count))
            }
            cells[index] = Cell(
                observedAt: UInt32(clamping: newValue.observedAt.secondsSinceEpoch),
                askedAt: UInt32(clamping: newValue.askedAt.secondsSinceEpoch),
                generation: newValue.generation,
                status: newValue.outcome.rawValue
                    | (newValue.isConfirmed ? Cell.confirmedBit : 0)
                    | (newValue.isLoss ? Cell.lossBit : 0),
                failures: newValue.failures
            )
            if newValue.outcome != .altered, !alteredByteCounts.isEmpty {
                alteredByteCounts[id.rawValue] = nil
            }
        }
    }

    /// What is known of the file without the times: the cheap part of the subscript.
    package func outcome(of id: FileID) -> Observation.Outcome {
        cell(of: id).map(Self.outcome) ?? .unknown
    }

    /// The generation of the observation; 0 where the file was never asked for.
    package func generation(of id: FileID) -> UInt32 {
        cell(of: id)?.generation ?? 0
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

    private func cell(of id: FileID) -> Cell? {
        let index = Int(id.rawValue)
        return index < cells.count ? cells[index] : nil
    }

    private static func outcome(of cell: Cell) -> Observation.Outcome {
        Observation.Outcome(rawValue: cell.status & ~Cell.flags) ?? .unknown
    }

    /// The cheap question before those about a loss.
    func isHeldOrLost(_ id: FileID) -> Bool {
        guard let cell = cell(of: id) else { return false }
        return cell.status & Cell.lossBit != 0 || Self.outcome(of: cell) == .present
    }

    /// Lets what is confirmed to be missing count as never there.
    mutating func forgetConfirmedLosses() {
        for index in cells.indices where cells[index].status & Cell.flags == Cell.flags {
            cells[index].status &= ~Cell.lossBit
        }
    }
}
