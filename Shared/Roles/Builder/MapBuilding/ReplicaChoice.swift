/// Which of a file's holders its region's map lists.
///
/// In the region's order the first ``RegionMapBuild/leastReplicas`` that hold it, and of the others
/// those that are always listed.
struct ReplicaChoice {
    /// Bits of the ranked access points that are always listed, 64 to a word.
    private let alwaysListed: [UInt64]

    init(isAlwaysListed: [Bool]) {
        var words = [UInt64](repeating: 0, count: (isAlwaysListed.count + 63) / 64)
        for (index, isListed) in isAlwaysListed.enumerated() where isListed {
            words[index >> 6] |= 1 << UInt64(index & 63)
        }
        alwaysListed = words
    }

    /// Puts the indexes of the listed ones among `holders` into `replicas`, best first.
    func list(_ holders: [UInt64], in replicas: inout [UInt16]) {
        replicas.removeAll(keepingCapacity: true)
        for (word, always) in alwaysListed.enumerated() {
            // What is behind the last holder that there is room for.
            var surplus = holders[word]
            var room = RegionMapBuild.leastReplicas - replicas.count
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
