package import Catalogs
import Mirrors
package import Time

// What a check state keeps beside the observations: what the policy of checking (CheckPlanning) has
// to remember from one visit to the next.

/// Up to when an access point was served what the clock asks for.
///
/// Questions have their times by the clock, and a visit asks those between the last one and now. So
/// what comes more often asks no more.
package struct ServedTimes: Hashable, Sendable {
    /// Turns of neighbourhoods up to this time were asked; nil before the first.
    package var sampledUntil: Timestamp?
    /// Listings of folders that were due up to this time were asked for; nil before the first.
    package var listedUntil: Timestamp?
    /// When names that cannot exist were last asked for; nil before the first time.
    package var guardedAt: Timestamp?

    package init() {}
}

/// Whether the folders of an access point can be listed, and how far listings are believed.
package struct ListingMemory: Hashable, Sendable {
    package enum Kind: UInt8, Hashable, Sendable, CaseIterable {
        case unknown = 0
        /// Listings renew proofs.
        case useful = 1
        /// Folders are not listed.
        case lacking = 2
        /// A listing had what a question by name did not find.
        case distrusted = 3
    }

    package var kind: Kind
    package var since: Timestamp

    package init(_ kind: Kind = .unknown, since: Timestamp = Timestamp(secondsSinceEpoch: 0)) {
        self.kind = kind
        self.since = since
    }
}

/// Why an access point as a whole is doubted.
package enum DoubtReason: UInt8, Hashable, Sendable, CaseIterable {
    /// Much of what it had is gone.
    case losses = 1
    /// It answers 200 for names that cannot exist, and differently than before.
    case catchAll = 2
    /// It was away and came back without its newest files.
    case returned = 3
    /// What stands behind its name answers now one way, now the other.
    case inconsistent = 4
}

/// How a server answers for names that do not exist, where that is no 404: with 200 and a page
/// whose length lies in ``lengths``.
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

/// What is asked because a proof did not hold, beside the neighbourhood of the file.
package struct Investigation: Hashable, Sendable {
    /// How far it goes.
    package enum Scope: UInt8, Hashable, Sendable, CaseIterable, Comparable {
        /// The neighbourhood, and files at random.
        case neighbourhood = 1
        /// One file of each neighbourhood.
        case eachNeighbourhood = 2
        /// Every proven file.
        case everything = 3

        package static func < (left: Scope, right: Scope) -> Bool { left.rawValue < right.rawValue }
    }

    package var scope: Scope
    package var startedAt: Timestamp
    /// The files at random that are still to be asked for.
    package var sampleLeft: UInt8
    /// Those of them that were not there.
    package var sampleLost: UInt8
    /// How many of the newest files are to be there, one after the other, before it ends.
    package var newestLeft: UInt8
    /// Files of the wider scopes that were asked for.
    package var askedCount: UInt32
    /// Those of them that were not there.
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

/// A file that was there and not there in turn.
package struct Contest: Hashable, Sendable {
    /// The proofs that are wanted, one after the other and apart in time.
    package var proofsLeft: UInt8
    /// How often it was contradicted; saturates.
    package var contradictionCount: UInt8

    package init(proofsLeft: UInt8, contradictionCount: UInt8) {
        self.proofsLeft = proofsLeft
        self.contradictionCount = contradictionCount
    }
}

/// All of the above of one access point.
package struct Memory: Equatable, Sendable {
    package var served = ServedTimes()
    package var listing = ListingMemory()
    package var softNotFound: SoftNotFound?
    package var investigation: Investigation?
    /// The latest last.
    package var contradictions: [Contradiction] = []
    /// By file number.
    package var contests: [UInt32: Contest] = [:]
    /// Nil while the access point is not doubted, and for doubts of version 1.
    package var doubtReason: DoubtReason?
    /// What the probe or a twin found up to this time was taken note of.
    package var heardUntil: Timestamp?
    /// Since when its answers are known to differ from one question to the next; nil while they do
    /// not.
    package var inconsistentSince: Timestamp?
    /// When it was last found to differ from its twin; nil where it never was.
    package var differedAt: Timestamp?
    /// Tells the classes of files that the observations were judged by from others; 0 in states of
    /// versions that judged mutable files by length and time alone.
    package var classesMark: UInt64 = 0

    /// How many contradictions are kept, the latest ones.
    package static let contradictionLimit = 64

    package init() {}
}
