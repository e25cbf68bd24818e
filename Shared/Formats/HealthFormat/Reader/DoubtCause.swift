/// Why earlier proofs of an access point are not believed.
package enum DoubtCause: UInt8, Hashable, Sendable, CaseIterable {
    /// Files that were proven there are missing.
    case lost = 1
    /// It refuses files that it served before: 401, 403, 451, 5xx.
    case refused = 2
    /// Files have other lengths than before.
    case altered = 3
    /// Servers behind one name contradict each other.
    case contradictory = 4
    /// It came back from an outage with an older tree.
    case returned = 5
    /// It answers for names that no tree holds: a portal, or another site.
    case notItself = 6
    /// Anything else, also what only a newer writer knows.
    case other = 255
}
