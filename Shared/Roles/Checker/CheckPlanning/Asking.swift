package import Catalogs
package import CheckStates
package import Mirrors
package import Time

/// A question that the policy wants to ask an access point.
package struct Asking: Hashable, Sendable {
    package enum Subject: Hashable, Sendable {
        case file(FileID)
        /// A name that no tree has, different each time.
        ///
        /// It is asked beside this file, with its file extension; nil for a name in the root.
        case impossibleName(beside: FileID?)
        /// The listing of the folder that contains this file; see ``CheckPolicy/folderPath(of:)``.
        case folder(of: FileID)
    }

    package var subject: Subject
    package var urgency: Urgency
    /// No other request may be in flight on its connection: an earlier answer was no proof, and
    /// pipelining must be ruled out as the reason.
    package var isAlone: Bool
    /// Which of the host's addresses to ask, modulo their count; nil for any.
    package var address: Int?
    /// Fetch the file itself for its digests, because length and time do not identify the content.
    package var wantsContent: Bool

    package init(
        _ subject: Subject,
        urgency: Urgency,
        isAlone: Bool = false,
        address: Int? = nil,
        wantsContent: Bool = false
    ) {
        self.subject = subject
        self.urgency = urgency
        self.isAlone = isAlone
        self.address = address
        self.wantsContent = wantsContent
    }
}

/// What the policy must know of an access point besides its state.
package struct AccessPointProfile: Hashable, Sendable {
    /// The access point's part of the turns and listings, if others do the rest.
    package struct Share: Hashable, Sendable {
        package var part: Int64
        package var count: Int64

        /// Part `part` of `count`; the whole if the two are inconsistent.
        package init(part: Int, of count: Int) {
            self.count = Int64(max(1, count))
            self.part = (0..<self.count).contains(Int64(part)) ? Int64(part) : 0
        }

        package static let all = Share(part: 0, of: 1)
    }

    package var accessPoint: AccessPoint
    package var share: Share
    /// Spreads questions over time; equal for access points that share them.
    package let salt: UInt64

    /// `tree` identifies what access points with shared questions have in common.
    package init(_ accessPoint: AccessPoint, share: Share = .all, tree: String? = nil) {
        self.accessPoint = accessPoint
        self.share = share
        salt = StableHash.hash((tree ?? accessPoint.baseURL).utf8)
    }

    /// Whether each file takes a request of its own, at a cost to the server.
    var isWeb: Bool { accessPoint.scheme == .http || accessPoint.scheme == .https }

    /// The next time after `time` for something that happens every `period` seconds, at an offset
    /// given by its key.
    package func slot(of key: UInt64, every period: Int64, after time: Timestamp) -> Timestamp {
        let period = max(1, period) * share.count
        let phase =
            StableHash.number(StableHash.mix(key ^ salt), below: period)
            + share.part * (period / share.count)
        let next = time.secondsSinceEpoch + 1
        let rest = (phase - next) % period
        return Timestamp(secondsSinceEpoch: next + (rest < 0 ? rest + period : rest))
    }

    /// The first end of a bundle of questions at or after `time`.
    package func bundleEnd(_ time: Timestamp) -> Timestamp {
        slot(
            of: StableHash.hash(accessPoint.id.utf8),
            every: PolicySettings.bundleSeconds / share.count,
            after: time.advanced(bySeconds: -1)
        )
    }
}

/// What clients must not be sent to at an access point.
package struct AccessPointDoubt: Equatable, Sendable {
    package enum Reason: UInt8, Hashable, Sendable, CaseIterable {
        case lost, refused, altered, contradictory, returned, answersEverything
    }

    package enum Scope: Equatable, Sendable {
        case whole
        /// These files, by number; paths that lead to them are not included.
        case files([FileID])
    }

    package var since: Timestamp
    package var reason: Reason
    package var scope: Scope
    /// The latest files that showed it, a sample if there are many.
    package var evidence: [FileID]

    package static let evidenceLimit = 32

    package init(since: Timestamp, reason: Reason, scope: Scope, evidence: [FileID]) {
        self.since = since
        self.reason = reason
        self.scope = scope
        self.evidence = evidence
    }
}

/// What an access point has, and what is left to ask.
package struct CheckSummary: Hashable, Sendable {
    package var counts = FileCounts()
    /// The most urgent kind of question that is due now; nil if none is.
    package var urgency: Urgency?
    /// The number of questions due now, as far as they are counted.
    package var leftCount = 0
    /// When the next question is due.
    package var nextDueAt: Timestamp
    /// Since when the whole access point is doubted, and why; nil if it is not.
    package var doubtedAt: Timestamp?
    package var doubtReason: DoubtReason?
    /// Files with a proof that does not count until they have been checked again.
    package var questionedCount = 0
    /// Times in the state from a clock that was ahead of ours.
    package var futureTimeCount = 0
    /// How fast new files appear; nil if none were watched.
    package var freshness: Freshness?
    /// When its folders were last listed; nil if they never were, or if only the agenda was read.
    package var listedAt: Timestamp?

    init(nextDueAt: Timestamp) {
        self.nextDueAt = nextDueAt
    }

    /// The parts of an agenda that describe its state.
    package init(of agenda: Agenda) {
        nextDueAt = agenda.opensAt
        counts = agenda.counts
    }
}
