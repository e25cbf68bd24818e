/// Which of a file's holders its region's map lists.
///
/// In the region's order the first ``RegionMapBuild/leastReplicas`` that hold it, and of the others
/// those that are always listed. Mirrors for some networks alone are no use to most clients and do
/// not count.
struct ReplicaChoice {
    /// Bits of the ranked access points that are always listed, 64 to a word.
    private let alwaysListed: [UInt64]
    /// Bits of those that are for some networks alone.
    private let exclusive: [UInt64]

    /// Both are in the order of the ranked access points, and of one length.
    init(isAlwaysListed: [Bool], isExclusive: [Bool]) {
        alwaysListed = Self.words(isAlwaysListed)
        exclusive = Self.words(isExclusive)
    }

    private static func words(_ bits: [Bool]) -> [UInt64] {
        var words = [UInt64](repeating: 0, count: (bits.count + 63) / 64)
        for (index, isSet) in bits.enumerated() where isSet {
            words[index >> 6] |= 1 << UInt64(index & 63)
        }
        return words
    }

    /// Puts the indexes of the listed ones among `holders` into `replicas`, best first.
    func list(_ holders: [UInt64], in replicas: inout [UInt16]) {
        replicas.removeAll(keepingCapacity: true)
        var room = RegionMapBuild.leastReplicas
        for (word, always) in alwaysListed.enumerated() {
            // What is behind the last holder that there is room for.
            var surplus = holders[word] & ~exclusive[word]
            while surplus != 0, room > 0 {
                surplus &= surplus - 1
                room -= 1
            }
            for bit in BitPositions(holders[word] & ~(surplus & ~always)) {
                replicas.append(UInt16(truncatingIfNeeded: word * 64 + bit))
            }
        }
    }
}
