extension Duration {
    /// The seconds with their fraction.
    package var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }

    /// The milliseconds, rounded up: a timer of so many is neither early nor spins
    /// through the last one.
    package var roundedUpToMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, isTooLong) = seconds.multipliedReportingOverflow(by: 1000)
        guard !isTooLong, abs(whole) < .max - 1000 else { return seconds < 0 ? .min : .max }
        return whole + (attoseconds > 0 ? attoseconds + 999_999_999_999_999 : attoseconds)
            / 1_000_000_000_000_000
    }
}
