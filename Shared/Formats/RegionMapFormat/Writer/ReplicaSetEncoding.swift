/// The sets of a map as stored in its sections.
///
/// The most frequent sets become base sets, stored by themselves; the others are stored as
/// differences from a base set, because most of them are a frequent set in which a few access
/// points lack the file.
struct ReplicaSetEncoding {
    /// The number in the map of each set in the pool.
    private(set) var numbers: [UInt32]
    let baseSetCount: Int
    /// The number of sets that a slot of the path table can name.
    let commonSetCount: Int
    /// The number of low bits of a slot for a common set's number or the code for "ask the
    /// rare table".
    let codeBitCount: UInt8
    let rarePathCount: Int
    let blockCount: Int
    let unitCount: Int
    private(set) var baseSection: [UInt8] = []
    let differenceSection: [UInt8]
    let unitSection: [UInt8]

    private static let codeBitLimit: UInt8 = 16
    /// How many more bits a path may cost to avoid the rare table: a look-up of a rare path waits
    /// for memory twice, unless the tables are small enough to be in the cache.
    private static func bitsForOneWait(pathCount: Int) -> Int { pathCount > 10_000 ? 16 : 0 }

    /// Encodes the sets; `mirrors` gives the mirror of each access point as a number.
    init(_ pool: ReplicaSetPool, mirrors: [UInt16]) {
        let order = pool.pathCounts.indices.sorted { left, right in
            let counts = (pool.pathCounts[left], pool.pathCounts[right])
            return counts.0 == counts.1 ? left < right : counts.0 > counts.1
        }
        let choice = Self.choice(pool, order: order)
        codeBitCount = choice.codeBitCount
        commonSetCount = choice.commonSetCount
        rarePathCount = choice.rarePathCount
        baseSetCount = Self.baseSetCount(pool, order: order)
        let writer = SetBlockWriter(
            pool,
            order: order,
            baseSetCount: baseSetCount,
            commonSetCount: commonSetCount,
            mirrors: mirrors
        )
        numbers = writer.numbers
        blockCount = writer.blockCount
        unitCount = writer.unitCount
        differenceSection = writer.section
        unitSection = writer.unitSection

        var codes: [UInt8] = []
        var offsets: [UInt32] = []
        for set in order.prefix(baseSetCount) {
            offsets.append(UInt32((baseSetCount + 1) * 4 + codes.count))
            codes.appendRuns(boundaries: pool.boundaries(of: set))
        }
        offsets.append(UInt32((baseSetCount + 1) * 4 + codes.count))
        for offset in offsets { baseSection.appendInteger(offset) }
        baseSection += codes
    }

    /// A set is worth some twenty bytes, and a look-up that decodes no rank, if enough paths have
    /// it.
    private static func baseSetCount(_ pool: ReplicaSetPool, order: [Int]) -> Int {
        let pathCount = pool.pathCounts.reduce(0) { $0 + Int($1) }
        let least = max(4, min(64, pathCount / 1000))
        let count = order.prefix(RegionMapHeader.baseSetLimit)
            .prefix { pool.pathCounts[$0] >= least }.count
        return max(min(1, pool.count), count)
    }

    /// Chooses the number of common sets that gives the smallest map, by estimate and with a price
    /// for each rare path.
    ///
    /// Each additional bit in the slots of all paths lets more paths avoid the rare table. With the
    /// price, a tree of 60 mirrors with faults has 2 % rare paths instead of 20 %, its map is 7 %
    /// larger, and look-ups of known paths take a tenth less time at 149,000 paths and a seventh
    /// less at 10^7.
    private static func choice(
        _ pool: ReplicaSetPool,
        order: [Int]
    ) -> (codeBitCount: UInt8, commonSetCount: Int, rarePathCount: Int) {
        let pathCount = pool.pathCounts.reduce(0) { $0 + Int($1) }
        var best = (codeBitCount: UInt8(0), commonSetCount: min(1, pool.count), rarePathCount: 0)
        guard pool.count > 1 else { return best }
        var bestBits = Int.max
        var commonPaths = 0
        var counted = 0
        for codeBitCount in 1...codeBitLimit {
            let codes = 1 << Int(codeBitCount)
            // One code must mean "ask the rare table", unless there is none.
            let commonSetCount = pool.count <= codes ? pool.count : codes - 1
            for set in order[counted..<commonSetCount] { commonPaths += Int(pool.pathCounts[set]) }
            counted = commonSetCount
            let rareSetCount = pool.count - commonSetCount
            let rarePaths = pathCount - commonPaths
            // 1.09 and 1.13 slots per key; a set takes the same space whatever its number is.
            let bits =
                pathCount * (Int(FuseTable.fingerprintBitCount) + Int(codeBitCount)) * 109 / 100
                + rarePaths * bitWidth(below: rareSetCount) * 113 / 100
                + rarePaths * bitsForOneWait(pathCount: pathCount)
            if bits < bestBits {
                bestBits = bits
                best = (codeBitCount, commonSetCount, rarePaths)
            }
            if rareSetCount == 0 { break }
        }
        return best
    }

    /// The number of bits for every number below `limit`, at least one.
    static func bitWidth(below limit: Int) -> Int {
        max(1, Int.bitWidth - max(0, limit - 1).leadingZeroBitCount)
    }
}
