/// Shares of a load that follow weights as far as caps allow.
package enum ShareCaps {
    /// The part of the load that each of some equals gets: in proportion to its weight, but never
    /// more than its cap; what a cap keeps off goes to the others.
    ///
    /// The shares are `min(cap, k * weight)` with one k for all (water-filling), and sum up to 1,
    /// or to the sum of the caps where that is less. Weights are above 0, caps are not negative.
    package static func shares(of weights: [Double], under caps: [Double]) -> [Double] {
        var shares = caps
        var rest = 1.0
        var weight = weights.reduce(0, +)
        // Those come first whose caps bind first.
        let order = weights.indices.sorted { left, right in
            caps[left] * weights[right] < caps[right] * weights[left]
        }
        for (position, index) in order.enumerated() {
            if caps[index] * weight >= rest * weights[index] {
                // No cap binds any more.
                for index in order[position...] { shares[index] = rest * weights[index] / weight }
                break
            }
            rest -= caps[index]
            weight -= weights[index]
        }
        return shares
    }
}
