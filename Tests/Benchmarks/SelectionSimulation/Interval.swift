/// A mean of independent values and how far from it the true one is with a confidence of 95 %.
struct Interval {
    let mean: Double
    let halfWidth: Double

    /// The value that Student's t with one degree of freedom less than ``count`` exceeds either way
    /// once in twenty.
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

    /// Whether the true mean may well be 0.
    var holdsZero: Bool { abs(mean) <= halfWidth }
}
