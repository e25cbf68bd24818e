/// How many live files stand how on one access point, or on a mirror.
package struct FileTally: Equatable, Sendable {
    /// Proven to be there, recently enough.
    package var held = 0
    /// Were there when they were last looked at, which is too long ago, or are in question.
    package var unproven = 0
    /// Answered by "no such file".
    package var absent = 0
    /// Other lengths than those of the tree.
    package var altered = 0
    /// What the file was before its last change.
    package var stale = 0
    /// Refused each time: 401, 403, 5xx.
    package var refused = 0
    /// No answer.
    package var unreachable = 0
    /// Never asked for, or not since their last change.
    package var unknown = 0

    package init() {}

    /// The files with an answer that still counts.
    package var answered: Int { held + absent + altered + stale + refused }

    /// The files that are not there as expected.
    package var lacking: Int { absent + altered + stale }

    package var total: Int {
        held + unproven + absent + altered + stale + refused + unreachable + unknown
    }

    /// The files that nothing recent is known of.
    package var unasked: Int { unproven + unreachable + unknown }

    /// The files that were there when they were last looked at.
    package var seen: Int { held + unproven }

    /// The share of checked files that it has; nil if none was checked.
    package var completeness: Double? {
        let known = seen + lacking + refused
        return known > 0 ? Double(seen) / Double(known) : nil
    }
}
