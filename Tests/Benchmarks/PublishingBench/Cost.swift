import Glibc

/// The cost of an operation.
enum Cost {
    /// The CPU seconds that this process spent on `body`.
    static func processor(_ body: () throws -> Void) rethrows -> Double {
        try processor(of: RUSAGE_SELF, body)
    }

    /// The CPU seconds of the programs that `body` ran until they ended.
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

    /// The seconds that passed.
    static func clock(_ body: () throws -> Void) rethrows -> Double {
        let (whole, attoseconds) = try ContinuousClock().measure(body).components
        return Double(whole) + Double(attoseconds) / 1e18
    }

    /// The peak memory of this process.
    static var peakMebibytes: Int { usage(of: RUSAGE_SELF).ru_maxrss / 1024 }

    static func text(_ seconds: Double) -> String { "\(rounded(seconds)) s" }

    /// The value with two decimal places.
    static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }

    private static func usage(of who: __rusage_who) -> rusage {
        var usage = rusage()
        unsafe _ = getrusage(__rusage_who_t(who.rawValue), &usage)
        return usage
    }
}
