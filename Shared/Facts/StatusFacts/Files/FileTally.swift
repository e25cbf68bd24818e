/// The number of live files in each state on an access point or a mirror.
package struct FileTally: Equatable, Sendable {
    /// Proven to be there, recently enough.
    package var held = 0
    /// There when last checked, but too long ago, or in question.
    package var unproven = 0
    /// Answered with "no such file".
    package var absent = 0
    /// Of another length than in the tree.
    package var altered = 0
    /// Of the version before the last change.
    package var stale = 0
    /// Refused every time: 401, 403, 5xx.
    package var refused = 0
    /// No answer.
    package var unreachable = 0
    /// Never asked for, or not since their last change.
    package var unknown = 0

    package init() {}

    /// The files with a valid answer.
    package var answered: Int { held + absent + altered + stale + refused }

    /// The files that are not there as expected.
    package var lacking: Int { absent + altered + stale }

    package var total: Int {
        held + unproven + absent + altered + stale + refused + unreachable + unknown
    }

    /// The files of which nothing recent is known.
    package var unasked: Int { unproven + unreachable + unknown }

    /// The files that were there when last checked.
    package var seen: Int { held + unproven }

    /// The share of checked files that it has; nil if none was checked.
    package var completeness: Double? {
        let known = seen + lacking + refused
        return known > 0 ? Double(seen) / Double(known) : nil
    }
}
