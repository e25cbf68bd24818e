/// Chooses which sets are stored as ranks of combinations, and from which base set each differs.
///
/// A set costs the logarithm of the number of combinations per set of its group, so it pays to
/// differ from the same base set as many others. Each set goes to the cheapest group, first by how
/// many paths have the base set, and then by how many sets are in the group.
struct SetGrouping {
    /// Sets that differ from one base set in the same number of units.
    struct Group: Hashable, Comparable {
        /// The number of the base set plus one; 0 is the empty set.
        var base: UInt8
        var unitCount: UInt8
        var isByAccessPoint: Bool

        /// A number for each group, in the order in which they are written.
        fileprivate var index: Int {
            (Int(base) * 2 + (isByAccessPoint ? 1 : 0)) * unitCounts + Int(unitCount)
        }

        static func < (left: Group, right: Group) -> Bool { left.index < right.index }
    }

    /// The maximum number of base sets that another set is compared with; limits the time of
    /// writing.
    static let candidateLimit = 64
    private static let unitCounts = Int(SetBlock.unitLimit) + 1
    /// The number of sets from which the units are learnt.
    private static let learningLimit = 20_000

    let units: AccessPointUnits
    private let pool: ReplicaSetPool
    private let accessPointCount: Int
    /// The empty set and the first base sets.
    private let bases: [SetBits]
    /// The cost of a set of each group, by ``Group/index``, in bits; infinite if a rank might not
    /// fit.
    private var costs: [Double]

    /// Learns units and groups from the sets after the first `baseSetCount` of `order`.
    init(_ pool: ReplicaSetPool, order: [Int], baseSetCount: Int, mirrors: [UInt16]) {
        self.pool = pool
        accessPointCount = mirrors.count
        let candidates = order.prefix(min(baseSetCount, Self.candidateLimit))
        let empty = SetBits(accessPointCount: mirrors.count)
        bases =
            [empty]
            + candidates.map { set in
                var bits = empty
                bits.fill(boundaries: pool.boundaries(of: set))
                return bits
            }
        let others = order.dropFirst(baseSetCount)
        var counts = AccessPointUnits.Counts(mirrors: mirrors)
        var bits = empty
        for set in others.prefix(Self.learningLimit) {
            bits.removeAll()
            bits.fill(boundaries: pool.boundaries(of: set))
            counts.add(Self.nearest(bits, bases))
        }
        units = AccessPointUnits(counts)
        costs = []
        let pathCounts = [0] + candidates.map { Double(pool.pathCounts[$0]) }
        costs = costs { pathCounts[Int($0.base)] }
        var sizes = [Double](repeating: 0, count: costs.count)
        for set in others {
            if let group = group(of: set)?.group { sizes[group.index] += 1 }
        }
        costs = costs { sizes[$0.index] }
    }

    /// The group of a set and the access points in which it differs from the base set, ascending;
    /// nil if no base set is near.
    func group(of set: Int) -> (group: Group, difference: [UInt16])? {
        var bits = SetBits(accessPointCount: accessPointCount)
        bits.fill(boundaries: pool.boundaries(of: set))
        var best: (group: Group, difference: [UInt16])?
        var least = Double.infinity
        var limit = ToggledAccessPoints.limit
        var difference: [UInt16] = []
        for (base, baseBits) in bases.enumerated()
        where bits.isNear(baseBits, &difference, limit: limit) {
            let unitCount = units.count(of: difference, set: bits, base: baseBits)
            for isByAccessPoint in [false, true] {
                let count = isByAccessPoint ? difference.count : unitCount ?? .max
                guard count < Self.unitCounts else { continue }
                let group = Group(
                    base: UInt8(base),
                    unitCount: UInt8(count),
                    isByAccessPoint: isByAccessPoint
                )
                guard costs[group.index] < least else { continue }
                least = costs[group.index]
                best = (group, difference)
                // No group of a base that is farther away by more than this was ever the best.
                limit = min(limit, difference.count + 4)
            }
        }
        return best
    }

    /// The rank of this combination among those of its group.
    func rank(of difference: [UInt16], in group: Group) -> UInt64 {
        let last = UInt16(accessPointCount - 1)
        let numbers = difference.map { group.isByAccessPoint ? last - $0 : units.numbers[Int($0)] }
        var rank: UInt64 = 0
        var factorial: UInt64 = 1
        var count: UInt64 = 0
        var previous: UInt16?
        for number in numbers.sorted() where number != previous {
            previous = number
            count += 1
            factorial *= count
            rank += UnitCombination.fallingFactorial(UInt64(number), count) / factorial
        }
        return rank
    }

    /// The costs of all groups, for which `size` returns the number of sets in each.
    private func costs(_ size: (Group) -> Double) -> [Double] {
        var costs: [Double] = []
        for base in bases.indices {
            for isByAccessPoint in [false, true] {
                let limit = Double(isByAccessPoint ? accessPointCount : units.members.count)
                for unitCount in 0..<Self.unitCounts {
                    let group = Group(
                        base: UInt8(base),
                        unitCount: UInt8(unitCount),
                        isByAccessPoint: isByAccessPoint
                    )
                    costs.append(Self.bits(unitCount, of: limit) - Self.log2(size(group) + 1))
                }
            }
        }
        return costs
    }

    /// The logarithm of the number of combinations; infinite if there are none or if the reader's
    /// arithmetic, in 64 bits and with the factorial as a factor, might overflow.
    private static func bits(_ count: Int, of limit: Double) -> Double {
        guard Double(count) <= limit, log2(max(1, limit)) * Double(count) < 62 else {
            return .infinity
        }
        return (0..<count).reduce(0) { $0 + log2((limit - Double($1)) / Double($1 + 1)) }
    }

    /// The logarithm to the base 2 of a positive number, at most 0.09 too small.
    private static func log2(_ value: Double) -> Double {
        Double(value.exponent) + value.significand - 1
    }

    /// The difference of a set from the most similar base set; empty if all are far away.
    private static func nearest(_ set: SetBits, _ bases: [SetBits]) -> [UInt16] {
        var nearest: [UInt16] = []
        var difference: [UInt16] = []
        var limit = ToggledAccessPoints.limit
        for base in bases where limit >= 0 && set.isNear(base, &difference, limit: limit) {
            nearest = difference
            limit = difference.count - 1
        }
        return nearest
    }
}
