import Glibc

/// The system's clocks; reading one is a read of shared memory.
package enum Clock {
    package struct Reading: Sendable {
        /// Monotonic.
        package let milliseconds: Int64
        /// Since 1970.
        package let seconds: Int64

        package init(milliseconds: Int64, seconds: Int64) {
            self.milliseconds = milliseconds
            self.seconds = seconds
        }
    }

    /// Since 1970, with the resolution of the kernel's tick, 1 to 4 ms.
    package static func seconds() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME_COARSE, &time)
        return Int64(time.tv_sec)
    }

    /// Monotonic and precise.
    package static func nanoseconds() -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(truncatingIfNeeded: time.tv_sec) &* 1_000_000_000
            &+ UInt64(truncatingIfNeeded: time.tv_nsec)
    }

    /// Monotonic and precise, and goes on while the system is suspended.
    ///
    /// The same clock as `ContinuousClock`, whose durations of 128 bits cost more than the reading.
    package static func continuousNanoseconds() -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_BOOTTIME, &time)
        return UInt64(truncatingIfNeeded: time.tv_sec) &* 1_000_000_000
            &+ UInt64(truncatingIfNeeded: time.tv_nsec)
    }

    /// Monotonic, with the resolution of the kernel's tick.
    package static func milliseconds() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
        return Int64(time.tv_sec) &* 1000 &+ Int64(time.tv_nsec / 1_000_000)
    }
}
