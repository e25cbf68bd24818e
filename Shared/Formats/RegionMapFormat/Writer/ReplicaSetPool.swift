/// The different sets of access points of a map, each kept once, and how many paths have each.
struct ReplicaSetPool {
    /// The number of paths with each set.
    private(set) var pathCounts: [UInt32] = []

    /// The indexes at which membership changes, ascending, of all sets in sequence.
    private var boundaries: [UInt16] = []
    private var ends: [Int] = []
    /// A hash table with linear probing; 0 is free, other values are the index of a set plus one.
    private var table = [UInt32](repeating: 0, count: 64)
    private var scratch: [UInt16] = []

    var count: Int { ends.count }

    /// The number of paths whose set is not empty.
    var heldPathCount: Int {
        var total = 0
        for set in 0..<count where !boundaries(of: set).isEmpty { total += Int(pathCounts[set]) }
        return total
    }

    func boundaries(of set: Int) -> ArraySlice<UInt16> {
        boundaries[(set == 0 ? 0 : ends[set - 1])..<ends[set]]
    }

    /// The index of the set with these members, which must ascend and be below `limit`; counts a
    /// path for it.
    mutating func add(
        _ members: [UInt16],
        below limit: Int,
        path: Int
    ) throws(RegionMapError) -> Int {
        scratch.removeAll(keepingCapacity: true)
        var end: UInt16?
        for member in members {
            guard Int(member) < limit else {
                throw .unknownAccessPoint(index: Int(member), accessPointCount: limit)
            }
            if let end, member == end {
                scratch.removeLast()
            } else {
                if let end, member < end { throw .replicasNotAscending(path: path) }
                scratch.append(member)
            }
            // The limit is below 65,536.
            end = member + 1
            scratch.append(member + 1)
        }
        let set = interned()
        pathCounts[set] += 1
        return set
    }

    private mutating func interned() -> Int {
        if (count + 1) * 2 > table.count { grow() }
        var slot = slot(of: scratch[...])
        while table[slot] != 0 {
            let set = Int(table[slot]) - 1
            if boundaries(of: set).elementsEqual(scratch) { return set }
            slot = (slot + 1) & (table.count - 1)
        }
        boundaries.append(contentsOf: scratch)
        ends.append(boundaries.count)
        pathCounts.append(0)
        table[slot] = UInt32(count)
        return count - 1
    }

    private func slot(of boundaries: ArraySlice<UInt16>) -> Int {
        var hash: UInt64 = 0
        for boundary in boundaries {
            hash = PathHash.folded(hash &+ UInt64(boundary) &+ 1, FuseTable.slotFactor)
        }
        return Int(hash & UInt64(table.count - 1))
    }

    private mutating func grow() {
        table = Array(repeating: 0, count: table.count * 2)
        for set in 0..<count {
            var slot = slot(of: boundaries(of: set))
            while table[slot] != 0 { slot = (slot + 1) & (table.count - 1) }
            table[slot] = UInt32(set + 1)
        }
    }
}
