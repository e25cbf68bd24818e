package import CheckStates
import Mirrors
package import Time

/// Counts over the files of one access point.
package struct Survey: Hashable, Sendable {
    // Live files by what is known of them.
    package var present = 0
    package var absent = 0
    package var altered = 0
    package var stale = 0
    package var unreachable = 0
    package var refused = 0
    package var suspected = 0
    package var unknown = 0
    /// The files that are due, by phase.
    package var due = Array(repeating: 0, count: WorkOrder.Phase.allCases.count)
    /// When the next suspicion may be asked about again; nil where none waits.
    package var nextRecheckAt: Timestamp?

    /// Since when the access point is doubted; nil while it is not.
    package var doubtedAt: Timestamp?
    /// How fast new files appear; nil where none were watched.
    package var freshness: Freshness?

    package init() {}

    /// The files that are due in any phase.
    package var left: Int { due.reduce(0, +) }

    /// The most urgent phase in which files are due.
    package var firstPhase: WorkOrder.Phase? {
        WorkOrder.Phase.allCases.first { due[$0.rawValue] > 0 }
    }

    /// The live files.
    package var liveCount: Int {
        present + absent + altered + stale + unreachable + refused + suspected + unknown
    }

    /// Adds the counts of another access point, and nothing else.
    package mutating func add(_ other: Survey) {
        present += other.present
        absent += other.absent
        altered += other.altered
        stale += other.stale
        unreachable += other.unreachable
        refused += other.refused
        suspected += other.suspected
        unknown += other.unknown
        for phase in due.indices { due[phase] += other.due[phase] }
    }
}
