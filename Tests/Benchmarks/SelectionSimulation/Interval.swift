/// The mean of independent values, with the half-width of its 95 % confidence interval.
struct Interval {
    let mean: Double
    let halfWidth: Double

    /// The 97.5th percentile of Student's t distribution with ``count`` - 1 degrees of freedom.
    private static let quantile = 2.093
    /// The required number of values.
    static let count = 20

    init(of values: [Double]) {
        let count = Double(values.count)
        let mean = values.reduce(0, +) / count
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        self.mean = mean
        halfWidth = Self.quantile * (squares / (count - 1) / count).squareRoot()
    }

    /// Whether the true mean may be 0.
    var holdsZero: Bool { abs(mean) <= halfWidth }
}
