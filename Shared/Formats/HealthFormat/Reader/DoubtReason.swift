/// Why earlier proofs at an access point do not count.
package enum DoubtReason: UInt8, Hashable, Sendable, CaseIterable {
    /// Files that were proven there are missing.
    case lost = 1
    /// It refuses files that it served before: 401, 403, 451, 5xx.
    case refused = 2
    /// Files have other lengths than before.
    case altered = 3
    /// Servers behind one name contradict each other.
    case contradictory = 4
    /// It returned from an outage with an older tree.
    case returned = 5
    /// It answers for nonexistent names: a portal, or another site.
    case notItself = 6
    /// Anything else, including what only a newer writer knows.
    case other = 255
}
