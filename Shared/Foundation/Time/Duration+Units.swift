extension Duration {
    /// The seconds with their fraction.
    package var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }

    /// The milliseconds, rounded up: who waits for so many does not come too early, and does not spin
    /// through the last one.
    package var roundedUpToMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, isTooLong) = seconds.multipliedReportingOverflow(by: 1000)
        guard !isTooLong, abs(whole) < .max - 1000 else { return seconds < 0 ? .min : .max }
        return whole + (attoseconds > 0 ? attoseconds + 999_999_999_999_999 : attoseconds)
            / 1_000_000_000_000_000
    }
}
