package import Time

/// What is asked after a contradiction, in addition to the file's neighbourhood.
package struct Investigation: Hashable, Sendable {
    /// How far it goes.
    package enum Scope: UInt8, Hashable, Sendable, CaseIterable, Comparable {
        /// The neighbourhood, and random files.
        case neighbourhood = 1
        /// One file of each neighbourhood.
        case eachNeighbourhood = 2
        /// Every proven file.
        case everything = 3

        package static func < (left: Scope, right: Scope) -> Bool { left.rawValue < right.rawValue }
    }

    package var scope: Scope
    package var startedAt: Timestamp
    /// The number of random files still to be asked for.
    package var sampleLeft: UInt8
    /// How many of them were missing.
    package var sampleLost: UInt8
    /// How many of the newest files must be there in a row before it ends.
    package var newestLeft: UInt8
    /// The number of files in the wider scopes that were asked for.
    package var askedCount: UInt32
    /// How many of them were missing.
    package var lostCount: UInt32

    package init(scope: Scope, startedAt: Timestamp, sampleLeft: UInt8, newestLeft: UInt8) {
        self.scope = scope
        self.startedAt = startedAt
        self.sampleLeft = sampleLeft
        self.newestLeft = newestLeft
        sampleLost = 0
        askedCount = 0
        lostCount = 0
    }
}
