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
