import Glibc

/// What something took.
enum Cost {
    /// Seconds of the processor that this process spent on `body`.
    static func processor(_ body: () throws -> Void) rethrows -> Double {
        try processor(of: RUSAGE_SELF, body)
    }

    /// Seconds of the processor that the programs spent which `body` ran to their ends.
    static func programs(_ body: () throws -> Void) rethrows -> Double {
        try processor(of: RUSAGE_CHILDREN, body)
    }

    private static func processor(
        of who: __rusage_who,
        _ body: () throws -> Void
    ) rethrows -> Double {
        func seconds() -> Double {
            let usage = usage(of: who)
            return [usage.ru_utime, usage.ru_stime].reduce(0) { sum, time in
                sum + Double(time.tv_sec) + Double(time.tv_usec) / 1e6
            }
        }
        let start = seconds()
        try body()
        return seconds() - start
    }

    /// Seconds that passed.
    static func clock(_ body: () throws -> Void) rethrows -> Double {
        let (whole, attoseconds) = try ContinuousClock().measure(body).components
        return Double(whole) + Double(attoseconds) / 1e18
    }

    /// The most memory that this process ever had.
    static var peakMebibytes: Int { usage(of: RUSAGE_SELF).ru_maxrss / 1024 }

    static func text(_ seconds: Double) -> String { "\(rounded(seconds)) s" }

    /// Two digits behind the point.
    static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }

    private static func usage(of who: __rusage_who) -> rusage {
        var usage = rusage()
        unsafe _ = getrusage(__rusage_who_t(who.rawValue), &usage)
        return usage
    }
}
