/// How often a mirror gave a file the modification time that the file has at the master.
///
/// Mirrors that are made by rsync or FTP keep times; others show when they fetched a file. Only
/// where a mirror keeps times does an old one mean an old file.
package struct TimeKeeping: Hashable, Sendable {
    /// Files whose time was told.
    package var seenCount: UInt32 = 0
    /// Those whose time was the master's.
    package var keptCount: UInt32 = 0

    /// So few files decide nothing.
    private static let leastCount: UInt32 = 10
    /// From this many on, older ones count less.
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

    /// Whether nine files in ten have the master's time; nil while too few were seen.
    package var keepsTimes: Bool? {
        seenCount < Self.leastCount ? nil : UInt64(keptCount) * 10 >= UInt64(seenCount) * 9
    }
}
