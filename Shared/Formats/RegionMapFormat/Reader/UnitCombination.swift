/// Splits a combination into its units, highest first.
///
/// For the units `u1 < u2 < … < uk`, its rank is the sum of the binomials (ui over i): the
/// combinatorial number system (Knuth, The Art of Computer Programming, volume 4A, 7.2.1.3). The
/// computation uses i! times these, which takes one division per unit.
struct UnitCombination {
    private var rest: UInt64
    /// The number of units that remain.
    private var count: UInt64
    /// The next unit is less than this.
    private var limit: UInt64

    /// The combination with a rank among those of `count` units out of `limit`.
    init(rank: UInt64, count: UInt8, of limit: Int) {
        rest = rank
        self.count = limit < Int(count) ? 0 : UInt64(count)
        self.limit = UInt64(limit)
        var factor: UInt64 = 2
        while factor <= self.count {
            rest = rest &* factor
            factor &+= 1
        }
    }

    /// The next lower unit, or nil after the last; less than the limit, whatever the rank is.
    @inline(__always)
    mutating func next() -> Int? {
        guard count > 0 else { return nil }
        var low = count &- 1
        if count == 1 {
            low = min(rest, limit &- 1)
        } else {
            // The highest unit whose binomial is not more than the remainder.
            var high = limit
            while high &- low > 1 {
                let middle = (low &+ high) / 2
                let isIn = Self.fallingFactorial(middle, count) <= rest
                low = isIn ? middle : low
                high = isIn ? high : middle
            }
            rest = (rest &- Self.fallingFactorial(low, count)) / count
        }
        count &-= 1
        limit = low
        return Int(truncatingIfNeeded: low)
    }

    /// `value (value - 1) … (value - count + 1)`, modulo 2^64.
    @inline(__always)
    static func fallingFactorial(_ value: UInt64, _ count: UInt64) -> UInt64 {
        let pair = value &* (value &- 1)
        if count == 2 { return pair }
        guard count > 2 else { return value }
        var product = pair &* (value &- 2)
        var less: UInt64 = 3
        while less < count {
            product = product &* (value &- less)
            less &+= 1
        }
        return product
    }
}
