package import Time

/// The result of checking one file on one access point.
package struct Observation: Hashable, Sendable {
    /// The outcome of the check.
    ///
    /// Absent and unreachable are never merged: the first is an answer of the mirror, the second is
    /// the lack of one.
    package enum Outcome: UInt8, Hashable, Sendable, CaseIterable {
        /// Nothing valid is known.
        case unknown = 0
        /// The mirror answered with the expected length: proof.
        case present = 1
        /// The mirror answered that the file does not exist.
        case absent = 2
        /// The mirror has the name with another length, or as another kind.
        case altered = 3
        /// No answer: a connection, TLS or timeout problem.
        case unreachable = 4
        /// The mirror has the version before the last change, and is behind rather than wrong.
        case stale = 5
        /// The mirror answers other requests, but refuses this file every time: 4xx other than 404,
        /// 408, 410, 425 and 429, or 5xx.
        case refused = 6
    }

    package var outcome: Outcome
    /// False while an outcome other than `present` is a suspicion that awaits a second answer.
    package var isConfirmed: Bool
    /// For a present file, when it was last seen, by an answer or a listing; for other outcomes,
    /// since when this has been so.
    package var observedAt: Timestamp
    /// When the file was last asked for by name, whatever the answer; for a present file that its
    /// twin also answers for, when either was asked.
    package var askedAt: Timestamp
    /// The catalog generation that the evidence was compared with.
    ///
    /// Evidence older than the file's last change says nothing about its present version.
    package var generation: UInt32
    /// Whether the file was present before the evidence for `outcome`, so that it was lost.
    package var isLoss: Bool
    /// Whether the file must be asked for again before its proof counts, because neighbouring files
    /// were lost.
    package var isQuestioned: Bool
    /// Whether the file was alternately present and missing; it then counts as present only after
    /// several proofs separated in time.
    package var isContested: Bool
    /// The number of attempts in a row without proof of presence; saturates at 255.
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

    /// Whether clients may be sent to the file, as far as that does not depend on time.
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
