package import Catalogs
import Mirrors
package import Time

// What a check state stores besides observations: what the check policy (CheckPlanning) must
// remember between visits.

/// Until when the scheduled questions of an access point were asked.
///
/// Questions are scheduled by the clock, and a visit asks those that fell due since the last one.
/// So more frequent visits do not ask more.
package struct ServedTimes: Hashable, Sendable {
    /// Turns of neighbourhoods up to this time were asked; nil before the first one.
    package var sampledUntil: Timestamp?
    /// Listings of folders due up to this time were requested; nil before the first one.
    package var listedUntil: Timestamp?
    /// When nonexistent names were last asked for; nil before the first time.
    package var guardedAt: Timestamp?

    package init() {}
}

/// Whether the folders of an access point can be listed, and how far listings are trusted.
package struct ListingMemory: Hashable, Sendable {
    package enum Kind: UInt8, Hashable, Sendable, CaseIterable {
        case unknown = 0
        /// Listings renew proofs.
        case useful = 1
        /// Folders are not listed.
        case lacking = 2
        /// A listing contained what a question by name did not find.
        case distrusted = 3
    }

    package var kind: Kind
    package var since: Timestamp

    package init(_ kind: Kind = .unknown, since: Timestamp = Timestamp(secondsSinceEpoch: 0)) {
        self.kind = kind
        self.since = since
    }
}

/// Why an access point is doubted as a whole.
package enum WholeDoubtReason: UInt8, Hashable, Sendable, CaseIterable {
    /// Much of what it had is gone.
    case lost = 1
    /// It answers 200 for nonexistent names, unlike before.
    case notItself = 2
    /// It returned from an outage without its newest files.
    case returned = 3
    /// Servers behind its name give contradictory answers.
    case contradictory = 4
}

/// How a server answers for nonexistent names, if not with 404: with 200 and a page whose length is
/// in ``lengths``.
package struct SoftNotFound: Hashable, Sendable {
    package var lengths: ClosedRange<UInt64>

    package init(lengths: ClosedRange<UInt64>) {
        self.lengths = lengths
    }
}

/// A proof that did not hold.
package struct Contradiction: Hashable, Sendable {
    package var file: FileID
    package var at: Timestamp

    package init(_ file: FileID, at: Timestamp) {
        self.file = file
        self.at = at
    }
}

/// What is asked after a proof did not hold, in addition to the file's neighbourhood.
package struct Investigation: Hashable, Sendable {
    /// How far it goes.
    package enum Scope: UInt8, Hashable, Sendable, CaseIterable, Comparable {
        /// The neighbourhood, and random files.
        case neighbourhood = 1
        /// One file of each neighbourhood.
        case eachNeighbourhood = 2
        /// Every proven file.
        case everything = 3

        package static func < (left: Scope, right: Scope) -> Bool { left.rawValue < right.rawValue }
    }

    package var scope: Scope
    package var startedAt: Timestamp
    /// The number of random files still to be asked for.
    package var sampleLeft: UInt8
    /// How many of them were missing.
    package var sampleLost: UInt8
    /// How many of the newest files must be there in a row before it ends.
    package var newestLeft: UInt8
    /// The number of files in the wider scopes that were asked for.
    package var askedCount: UInt32
    /// How many of them were missing.
    package var lostCount: UInt32

    package init(scope: Scope, startedAt: Timestamp, sampleLeft: UInt8, newestLeft: UInt8) {
        self.scope = scope
        self.startedAt = startedAt
        self.sampleLeft = sampleLeft
        self.newestLeft = newestLeft
        sampleLost = 0
        askedCount = 0
        lostCount = 0
    }
}

/// A file that was alternately present and missing.
package struct Contest: Hashable, Sendable {
    /// The number of proofs still needed, in a row and separated in time.
    package var proofsLeft: UInt8
    /// How often it was contradicted; saturates.
    package var contradictionCount: UInt8

    package init(proofsLeft: UInt8, contradictionCount: UInt8) {
        self.proofsLeft = proofsLeft
        self.contradictionCount = contradictionCount
    }
}

/// All of the above for one access point.
package struct Memory: Equatable, Sendable {
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
