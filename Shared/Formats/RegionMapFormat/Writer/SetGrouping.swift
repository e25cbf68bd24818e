/// Which sets are stored as ranks of combinations, and from which base set each of them differs.
///
/// A set costs the logarithm of how many combinations there are for each one that is taken, so that
/// it pays to differ from the base set from which many others do. Each set goes to the cheapest
/// group, by how many paths have the base set at first and by how many sets are in the group after
/// that.
struct SetGrouping {
    /// Sets that differ from one base set in equally many units.
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

    /// With how many base sets, at most, another set is compared; bounds the time of writing.
    static let candidateLimit = 64
    private static let unitCounts = Int(SetBlock.unitLimit) + 1
    /// How many sets the units are learnt from.
    private static let learningLimit = 20_000

    let units: AccessPointUnits
    private let pool: ReplicaSetPool
    private let accessPointCount: Int
    /// The empty set and the first base sets.
    private let bases: [SetBits]
    /// By ``Group/index`` what a set of the group costs, in bits; infinite where a rank might not
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

    /// The group of a set and in which access points it differs from the base set, ascending; nil
    /// where it is near to none.
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

    /// Which of the combinations of its group this one is.
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

    /// The costs of all groups, where `size` tells how many sets are in each.
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

    /// The logarithm of the number of combinations; infinite where there are none or where the
    /// reader's arithmetic, in 64 bits and with the factorial as a factor, might not do.
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

    /// In what a set differs from the base set that is most like it; nothing where all are far
    /// away.
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
