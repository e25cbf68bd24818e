extension Duration {
    /// The duration in seconds, with the fraction.
    package var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }

    /// The duration in milliseconds, rounded up, so that a timer is neither early nor busy-waits in
    /// the last one.
    package var roundedUpToMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, isTooLong) = seconds.multipliedReportingOverflow(by: 1000)
        guard !isTooLong, abs(whole) < .max - 1000 else { return seconds < 0 ? .min : .max }
        return whole + (attoseconds > 0 ? attoseconds + 999_999_999_999_999 : attoseconds)
            / 1_000_000_000_000_000
    }
}
