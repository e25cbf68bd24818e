package import Catalogs
package import CheckStates
package import Mirrors
package import Time

/// One question that the policy wants put to an access point.
package struct Asking: Hashable, Sendable {
    package enum Subject: Hashable, Sendable {
        case file(FileID)
        /// A name that no tree holds, another one each time.
        ///
        /// It stands beside this file, with its name's ending; nil for one in the root.
        case impossibleName(beside: FileID?)
        /// The listing of the folder that this file lies in; see ``CheckPolicy/folderPath(of:)``.
        case folder(of: FileID)
    }

    package var subject: Subject
    package var urgency: Urgency
    /// Nothing else may be under way on its connection: an earlier answer brought no proof, and
    /// pipelining must not be the reason.
    package var isAlone: Bool
    /// Which of the host's addresses to ask, modulo their number; nil for any.
    package var address: Int?
    /// The file itself is to be fetched, for its digests: length and time do not tell what it is.
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

/// What the policy has to know of an access point beside its state.
package struct AccessPointProfile: Hashable, Sendable {
    /// Which part of the turns and listings the access point has, where others have the rest.
    package struct Share: Hashable, Sendable {
        package var part: Int64
        package var count: Int64

        /// Part `part` of `count`; of one where they do not fit together.
        package init(part: Int, of count: Int) {
            self.count = Int64(max(1, count))
            self.part = (0..<self.count).contains(Int64(part)) ? Int64(part) : 0
        }

        package static let all = Share(part: 0, of: 1)
    }

    package var accessPoint: AccessPoint
    package var share: Share
    /// Spreads its questions over time; equal for access points that share.
    package let salt: UInt64

    /// `tree` names what access points that share have in common.
    package init(_ accessPoint: AccessPoint, share: Share = .all, tree: String? = nil) {
        self.accessPoint = accessPoint
        self.share = share
        salt = StableHash.hash((tree ?? accessPoint.baseURL).utf8)
    }

    /// Whether files are asked for one by one, each at a cost to the server.
    var isWeb: Bool { accessPoint.scheme == .http || accessPoint.scheme == .https }

    /// When something that happens every `period` seconds at a time of its own happens next after
    /// `time`.
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

/// What of an access point clients must not be sent to now.
package struct AccessPointDoubt: Equatable, Sendable {
    package enum Reason: UInt8, Hashable, Sendable, CaseIterable {
        case lost, refused, altered, contradictory, returned, answersEverything
    }

    package enum Scope: Equatable, Sendable {
        case whole
        /// These files, in the order of their numbers; what leads to them is not among them.
        case files([FileID])
    }

    package var since: Timestamp
    package var reason: Reason
    package var scope: Scope
    /// Files that showed it, the latest; some of many.
    package var evidence: [FileID]

    package static let evidenceLimit = 32

    package init(since: Timestamp, reason: Reason, scope: Scope, evidence: [FileID]) {
        self.since = since
        self.reason = reason
        self.scope = scope
        self.evidence = evidence
    }
}

/// What an access point has, and what is left to ask there.
package struct CheckSummary: Hashable, Sendable {
    package var counts = FileCounts()
    /// The most urgent questions that are due now; nil where none are.
    package var urgency: Urgency?
    /// How many questions are due now, as far as they are counted.
    package var leftCount = 0
    /// When something is due next.
    package var nextDueAt: Timestamp
    /// Since when the access point as a whole is doubted, and why; nil while it is not.
    package var doubtedAt: Timestamp?
    package var doubtReason: DoubtReason?
    /// Files that are present, but not believed to be until they were asked for again.
    package var questionedCount = 0
    /// Times in the state that were of a clock ahead of ours.
    package var futureTimeCount = 0
    /// How fast new files appear; nil where none were watched.
    package var freshness: Freshness?
    /// When its folders were last listed; nil where they never were, and where only the agenda was
    /// read.
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
