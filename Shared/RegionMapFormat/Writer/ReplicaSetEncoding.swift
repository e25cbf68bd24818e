/// The sets of a map as its sections hold them.
///
/// The most frequent sets become base sets, which a slot of the path table names by itself; the
/// others are stored as what differs from the base set most like them, because most of them are a
/// frequent set in which one or two access points lack the file.
struct ReplicaSetEncoding {
    /// From the index of a set in the pool to its number in the map.
    private(set) var numbers: [UInt32]
    private(set) var baseSetCount: Int
    /// How many low bits of a slot hold a base set's number or the code for "ask the rare table".
    private(set) var codeBitCount: UInt8
    private(set) var rarePathCount: Int
    private(set) var lengthClassCount = 0
    private(set) var baseSection: [UInt8] = []
    private(set) var differenceSection: [UInt8] = []

    /// With how many base sets, at most, another set is compared; bounds the time of writing.
    private static let candidateLimit = 64
    private static let codeBitLimit: UInt8 = 16
    /// How many bits a path may cost more to do without the rare table: a look-up of a rare path waits for
    /// memory twice, unless the tables are so small that they are in the cache.
    private static func bitsForOneWait(pathCount: Int) -> Int { pathCount > 10_000 ? 16 : 0 }

    init(_ pool: ReplicaSetPool) {
        let order = pool.pathCounts.indices.sorted { left, right in
            let counts = (pool.pathCounts[left], pool.pathCounts[right])
            return counts.0 == counts.1 ? left < right : counts.0 > counts.1
        }
        let choice = Self.choice(pool, order: order)
        codeBitCount = choice.codeBitCount
        baseSetCount = choice.baseSetCount
        rarePathCount = choice.rarePathCount
        numbers = Array(repeating: 0, count: pool.count)

        var codes: [UInt8] = []
        var offsets: [UInt32] = []
        for (number, set) in order.prefix(baseSetCount).enumerated() {
            numbers[set] = UInt32(number)
            offsets.append(UInt32((baseSetCount + 1) * 4 + codes.count))
            codes.appendRuns(boundaries: pool.boundaries(of: set))
        }
        offsets.append(UInt32((baseSetCount + 1) * 4 + codes.count))
        for offset in offsets { baseSection.appendInteger(offset) }
        baseSection += codes
        encodeDifferences(pool, order: order)
    }

    /// Chooses the number of base sets that makes the map smallest, by estimate and with a price for each
    /// path that is rare.
    ///
    /// Each more bit in the slots of all paths lets more paths do without the rare table. With the price a
    /// tree of 60 mirrors with faults has 2 % rare paths instead of 20 %, a map 7 % larger, and look-ups of
    /// known paths take a quarter less time at 149,000 paths and a tenth less at 10^7.
    private static func choice(
        _ pool: ReplicaSetPool,
        order: [Int]
    ) -> (codeBitCount: UInt8, baseSetCount: Int, rarePathCount: Int) {
        let pathCount = pool.pathCounts.reduce(0) { $0 + Int($1) }
        var best = (codeBitCount: UInt8(0), baseSetCount: min(1, pool.count), rarePathCount: 0)
        guard pool.count > 1 else { return best }
        var bestBits = Int.max
        var basePaths = 0
        var baseCodeBits = 0
        var counted = 0
        for codeBitCount in 1...codeBitLimit {
            let codes = 1 << Int(codeBitCount)
            // One code must say "ask the rare table", unless there is none.
            let baseSetCount = pool.count <= codes ? pool.count : codes - 1
            for set in order[counted..<baseSetCount] {
                basePaths += Int(pool.pathCounts[set])
                // An offset, and about a byte for each boundary.
                baseCodeBits += 32 + 8 * pool.boundaries(of: set).count
            }
            counted = baseSetCount
            let rareSetCount = pool.count - baseSetCount
            // 1.09 and 1.13 slots per key; about four bytes to say how a rare set differs.
            let bits =
                pathCount * (Int(FuseTable.fingerprintBitCount) + Int(codeBitCount)) * 109 / 100
                + (pathCount - basePaths) * bitWidth(below: rareSetCount) * 113 / 100
                + baseCodeBits + 32 * rareSetCount + (pathCount - basePaths)
                * bitsForOneWait(pathCount: pathCount)
            if bits < bestBits {
                bestBits = bits
                best = (codeBitCount, baseSetCount, pathCount - basePaths)
            }
            if rareSetCount == 0 { break }
        }
        return best
    }

    /// How many bits hold every number below `limit`, at least one.
    static func bitWidth(below limit: Int) -> Int {
        max(1, Int.bitWidth - max(0, limit - 1).leadingZeroBitCount)
    }

    private mutating func encodeDifferences(_ pool: ReplicaSetPool, order: [Int]) {
        let candidates = order.prefix(min(baseSetCount, Self.candidateLimit)).map {
            pool.boundaries(of: $0)
        }
        var records: [(set: Int, code: Range<Int>)] = []
        var codes: [UInt8] = []
        for set in order.dropFirst(baseSetCount) {
            let start = codes.count
            codes.appendDifference(of: pool.boundaries(of: set), candidates: candidates)
            records.append((set, start..<codes.count))
        }
        // Numbered by length, so that the classes below tell where every record is.
        records.sort { left, right in
            left.code.count == right.code.count
                ? left.code.lowerBound < right.code.lowerBound
                : left.code.count < right.code.count
        }
        var classes: [UInt8] = []
        var bytes: [UInt8] = []
        let lengths = Set(records.lazy.map(\.code.count))
        lengthClassCount = lengths.count
        var currentLength: Int?
        for (index, record) in records.enumerated() {
            let number = UInt32(baseSetCount + index)
            numbers[record.set] = number
            if record.code.count != currentLength {
                currentLength = record.code.count
                classes.appendInteger(number)
                classes.appendInteger(UInt32(lengthClassCount * 12 + bytes.count))
                classes.appendInteger(UInt32(record.code.count))
            }
            bytes += codes[record.code]
        }
        differenceSection = classes + bytes
    }
}

extension [UInt8] {
    mutating func appendInteger(_ value: some FixedWidthInteger) {
        var rest = value
        for _ in 0..<(value.bitWidth / 8) {
            append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }

    /// Unsigned LEB128, as ``RegionMap`` reads it.
    fileprivate mutating func appendVarint(_ value: Int) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(rest & 0x7F | 0x80))
            rest >>= 7
        }
        append(UInt8(rest))
    }

    /// The code of runs that begin and end at each two boundaries.
    fileprivate mutating func appendRuns(boundaries: some Collection<UInt16>) {
        var previousEnd = 0
        var iterator = boundaries.makeIterator()
        while let start = iterator.next(), let end = iterator.next() {
            let gap = Int(start) - previousEnd
            let length = Int(end) - Int(start)
            appendVarint(gap * 2 + (length > 1 ? 1 : 0))
            if length > 1 { appendVarint(length - 2) }
            previousEnd = Int(end)
        }
    }

    /// The number of the candidate most like a set, plus one, and what differs from it; 0 where the
    /// empty set is most like it.
    fileprivate mutating func appendDifference(
        of set: ArraySlice<UInt16>,
        candidates: [ArraySlice<UInt16>]
    ) {
        var best = Array<UInt16>(set)
        var base = 0
        for (number, candidate) in candidates.enumerated() {
            if let difference = Self.difference(set, candidate, below: best.count) {
                best = difference
                base = number + 1
            }
        }
        appendVarint(base)
        appendRuns(boundaries: best)
    }

    /// The boundaries that one set has and the other has not, which are those of the members that one
    /// has and the other has not; nil when there are `limit` or more.
    private static func difference(
        _ left: ArraySlice<UInt16>,
        _ right: ArraySlice<UInt16>,
        below limit: Int
    ) -> [UInt16]? {
        var difference: [UInt16] = []
        var (leftIndex, rightIndex) = (left.startIndex, right.startIndex)
        while leftIndex < left.endIndex || rightIndex < right.endIndex {
            if rightIndex == right.endIndex
                || leftIndex < left.endIndex && left[leftIndex] < right[rightIndex]
            {
                difference.append(left[leftIndex])
                leftIndex += 1
            } else if leftIndex == left.endIndex || right[rightIndex] < left[leftIndex] {
                difference.append(right[rightIndex])
                rightIndex += 1
            } else {
                leftIndex += 1
                rightIndex += 1
            }
            if difference.count >= limit { return nil }
        }
        return difference.count < limit ? difference : nil
    }
}
