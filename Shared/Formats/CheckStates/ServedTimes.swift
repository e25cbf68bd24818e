package import Time

/// Until when the scheduled questions of an access point were asked.
///
/// Questions are scheduled by the clock, and a visit asks those that fell due since the last one.
/// So more frequent visits do not ask more.
package struct ServedTimes: Hashable, Sendable {
    /// Neighbourhoods were sampled up to this time; nil before the first one.
    package var sampledUntil: Timestamp?
    /// Listings of folders due up to this time were requested; nil before the first one.
    package var listedUntil: Timestamp?
    /// When nonexistent names were last asked for; nil before the first time.
    package var guardedAt: Timestamp?

    package init() {}
}
