/// The evenness of the load among equals: mirrors that are equally far from every client.
///
/// The load of each mirror is compared with its share by weight of its group's load; groups count
/// in proportion to their load.
struct Evenness {
    /// The mean over groups of the maximum load relative to the share; 1 is even.
    private(set) var greatest = 0.0
    /// The root mean square of the deviations of loads from the shares.
    private(set) var deviation = 0.0
    /// The deviation of a random choice with exactly these shares: no rule that chooses for each
    /// client independently is more even than that.
    private(set) var chance = 0.0

    init(of loads: [Int], weights: [Int], among groups: [[Int]]) {
        var total = 0.0
        for group in groups where group.count > 1 {
            let load = Double(group.reduce(0) { $0 + loads[$1] })
            let weight = Double(group.reduce(0) { $0 + weights[$1] })
            guard load > 0 else { continue }
            var worst = 0.0
            var (squares, expectedSquares) = (0.0, 0.0)
            for member in group {
                let share = Double(weights[member]) / weight
                let ratio = Double(loads[member]) / (load * share)
                worst = max(worst, ratio)
                squares += (ratio - 1) * (ratio - 1)
                expectedSquares += (1 - share) / (load * share)
            }
            greatest += load * worst
            deviation += load * (squares / Double(group.count)).squareRoot()
            chance += load * (expectedSquares / Double(group.count)).squareRoot()
            total += load
        }
        guard total > 0 else { return }
        greatest /= total
        deviation /= total
        chance /= total
    }
}
