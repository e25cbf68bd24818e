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
        /// The mirror says that it has no such file.
        case absent = 2
        /// The mirror has something else under that name: another length, or another kind.
        case altered = 3
        /// No answer: connection, TLS or time-out trouble.
        case unreachable = 4
        /// The mirror has what the file was before its last change, and is behind rather than wrong.
        case stale = 5
    }

    package var outcome: Outcome
    /// False while an outcome other than `present` is a suspicion that awaits a second answer.
    package var isConfirmed: Bool
    /// When the evidence for `outcome` was seen.
    package var observedAt: Timestamp
    /// When the file was last asked for, whatever came back.
    package var askedAt: Timestamp
    /// The catalog generation whose expectation the evidence was held against.
    ///
    /// Evidence older than the file's last change says nothing about the file as it is now.
    package var generation: UInt32
    /// Whether the file was present here until the evidence for `outcome` was seen: a loss.
    package var isLoss: Bool
    /// How often in a row an ask brought no proof of presence; saturates at 255.
    package var failures: UInt8

    package init(
        outcome: Outcome,
        isConfirmed: Bool,
        observedAt: Timestamp,
        askedAt: Timestamp,
        generation: UInt32,
        isLoss: Bool = false,
        failures: UInt8 = 0
    ) {
        self.outcome = outcome
        self.isConfirmed = isConfirmed
        self.observedAt = observedAt
        self.askedAt = askedAt
        self.generation = generation
        self.isLoss = isLoss
        self.failures = failures
    }

    /// The state of a file that was never asked for.
    package static let never = Observation(
        outcome: .unknown,
        isConfirmed: false,
        observedAt: Timestamp(secondsSinceEpoch: 0),
        askedAt: Timestamp(secondsSinceEpoch: 0),
        generation: 0
    )
}
