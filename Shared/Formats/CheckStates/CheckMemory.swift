import Mirrors
package import Time

/// What the check policy (CheckPlanning) remembers of an access point between visits, besides the
/// observations of its files.
package struct CheckMemory: Equatable, Sendable {
    package var served = ServedTimes()
    package var listing = ListingMemory()
    package var softNotFound: SoftNotFound?
    package var investigation: Investigation?
    /// Latest last.
    package var contradictions: [Contradiction] = []
    /// By file number.
    package var contests: [UInt32: Contest] = [:]
    /// Nil if the access point is not doubted, and for doubts of version 1.
    package var doubtReason: WholeDoubtReason?
    /// Until when the findings of the probe and of a twin were taken into account.
    package var heardUntil: Timestamp?
    /// Since when its answers are known to vary from question to question; nil if they do not.
    package var inconsistentSince: Timestamp?
    /// When it was last found to differ from its twin; nil if it never was.
    package var differedAt: Timestamp?
    /// Identifies the classes of files behind the verdicts; 0 in states of versions that judged
    /// mutable files by length and time only.
    package var classesMark: UInt64 = 0

    /// The number of contradictions kept, latest first.
    package static let contradictionLimit = 64

    package init() {}
}
