/// Which of a file's holders the region's map lists.
///
/// These are the first ``RegionMapBuild/minimumReplicas`` holders in the region's order, and any
/// later ones that are always listed. Mirrors reserved for some networks don't count, because most
/// clients can't use them.
struct ReplicaChoice {
    /// Bits of the ranked access points that are always listed, 64 to a word.
    private let alwaysListed: [UInt64]
    /// Bits of those reserved for some networks.
    private let exclusive: [UInt64]

    /// Both arrays follow the order of the ranked access points, and have the same length.
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

    /// Writes the indexes of the listed `holders` to `replicas`, best first.
    func list(_ holders: [UInt64], in replicas: inout [UInt16]) {
        replicas.removeAll(keepingCapacity: true)
        var room = RegionMapBuild.minimumReplicas
        for (word, always) in alwaysListed.enumerated() {
            // The ordinary holders beyond the last one that there is room for.
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
