/// Shares of a load in proportion to weights, limited by caps.
package enum ShareCaps {
    /// The share of each of several equals: in proportion to its weight, but never above its cap;
    /// the excess goes to the others.
    ///
    /// The shares are `min(cap, k * weight)` with the same k for all (water-filling), and add up to
    /// 1, or to the sum of the caps if that is less. Weights must be positive, and caps not
    /// negative.
    package static func shares(of weights: [Double], under caps: [Double]) -> [Double] {
        var shares = caps
        var rest = 1.0
        var weight = weights.reduce(0, +)
        // In the order in which the caps become binding.
        let order = weights.indices.sorted { left, right in
            caps[left] * weights[right] < caps[right] * weights[left]
        }
        for (position, index) in order.enumerated() {
            if caps[index] * weight >= rest * weights[index] {
                // No further cap is binding.
                for index in order[position...] { shares[index] = rest * weights[index] / weight }
                break
            }
            rest -= caps[index]
            weight -= weights[index]
        }
        return shares
    }
}
