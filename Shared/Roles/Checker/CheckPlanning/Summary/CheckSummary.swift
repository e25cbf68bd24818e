package import CheckStates
package import Time

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
    package var doubtReason: WholeDoubtReason?
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
