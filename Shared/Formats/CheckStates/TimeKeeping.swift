/// How often a mirror's modification time for a file equalled the master's.
///
/// Mirrors made with rsync or FTP preserve times; others show when they fetched a file. An old time
/// means an old file only if the mirror preserves times.
package struct TimeKeeping: Hashable, Sendable {
    /// The number of files with a time.
    package var seenCount: UInt32 = 0
    /// How many of these had the master's time.
    package var keptCount: UInt32 = 0

    /// Fewer files decide nothing.
    private static let leastCount: UInt32 = 10
    /// From this count on, older observations count less.
    private static let fullCount: UInt32 = 1 << 16

    package init() {}

    package mutating func note(isKept: Bool) {
        if seenCount >= Self.fullCount {
            seenCount /= 2
            keptCount /= 2
        }
        seenCount += 1
        keptCount += isKept ? 1 : 0
    }

    /// Whether nine in ten files have the master's time; nil if too few were seen.
    package var keepsTimes: Bool? {
        seenCount < Self.leastCount ? nil : UInt64(keptCount) * 10 >= UInt64(seenCount) * 9
    }
}
