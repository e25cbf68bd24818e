package import Time

/// What the checks of one file on one access point have come to.
package struct Observation: Hashable, Sendable {
    /// What was seen.
    ///
    /// Absent and unreachable are never merged: the first is the mirror's answer, the second is the
    /// lack of one.
    package enum Outcome: UInt8, Hashable, Sendable, CaseIterable {
        /// Nothing that counts is known.
        case unknown = 0
        /// The mirror answered with the expected length: proof.
        case present = 1
        /// The mirror answered that the file does not exist.
        case absent = 2
        /// The mirror has something else under that name: another length, or another kind.
        case altered = 3
        /// No answer: connection, TLS or time-out trouble.
        case unreachable = 4
        /// The mirror has what the file was before its last change, and is behind rather than
        /// wrong.
        case stale = 5
        /// The mirror answers others, but refuses this file each time: 401, 403, 405, 416, 451,
        /// 5xx.
        case refused = 6
    }

    package var outcome: Outcome
    /// False while an outcome other than `present` is a suspicion that awaits a second answer.
    package var isConfirmed: Bool
    /// When presence was last seen, by an answer or a listing; of other outcomes, since when they
    /// hold.
    package var observedAt: Timestamp
    /// When the file was last asked for by name, whatever came back; of a present file that its
    /// twin answers for as well, when either was asked.
    package var askedAt: Timestamp
    /// The catalog generation whose expectation the evidence was held against.
    ///
    /// Evidence older than the file's last change says nothing about the file as it is now.
    package var generation: UInt32
    /// Whether the file was present here until the evidence for `outcome` was seen: a loss.
    package var isLoss: Bool
    /// Whether the file has to be asked for again before it is believed to be present, because what
    /// lies beside it was lost.
    package var isQuestioned: Bool
    /// Whether the file was present and missing in turn; it is believed to be present only after
    /// several proofs apart in time.
    package var isContested: Bool
    /// How often in a row an ask brought no proof of presence; saturates at 255.
    package var failures: UInt8

    package init(
        outcome: Outcome,
        isConfirmed: Bool,
        observedAt: Timestamp,
        askedAt: Timestamp,
        generation: UInt32,
        isLoss: Bool = false,
        isQuestioned: Bool = false,
        isContested: Bool = false,
        failures: UInt8 = 0
    ) {
        self.outcome = outcome
        self.isConfirmed = isConfirmed
        self.observedAt = observedAt
        self.askedAt = askedAt
        self.generation = generation
        self.isLoss = isLoss
        self.isQuestioned = isQuestioned
        self.isContested = isContested
        self.failures = failures
    }

    /// Whether a client may be sent to the file, as far as it does not depend on time.
    package var isTrusted: Bool { outcome == .present && !isQuestioned && !isContested }

    /// The state of a file that was never asked for.
    package static let never = Observation(
        outcome: .unknown,
        isConfirmed: false,
        observedAt: Timestamp(secondsSinceEpoch: 0),
        askedAt: Timestamp(secondsSinceEpoch: 0),
        generation: 0
    )
}
