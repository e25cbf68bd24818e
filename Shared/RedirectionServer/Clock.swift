import Glibc

/// The system's clocks at the kernel's tick of 1 to 4 ms: a reading is a read of shared memory.
enum Clock {
    struct Reading: Sendable {
        /// Monotonic.
        let milliseconds: Int64
        /// Since 1970.
        let seconds: Int64
    }

    static func read() -> Reading {
        var real = timespec()
        unsafe clock_gettime(CLOCK_REALTIME_COARSE, &real)
        return Reading(milliseconds: milliseconds(), seconds: Int64(real.tv_sec))
    }

    /// Monotonic and precise, for spans of time shorter than a tick.
    static func nanoseconds() -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(truncatingIfNeeded: time.tv_sec) &* 1_000_000_000
            &+ UInt64(truncatingIfNeeded: time.tv_nsec)
    }

    static func milliseconds() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
        return Int64(time.tv_sec) &* 1000 &+ Int64(time.tv_nsec / 1_000_000)
    }
}
