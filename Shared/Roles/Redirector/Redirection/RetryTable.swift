/// Remembers who asked for what in the last seconds, so that a client that comes back at once is given
/// another mirror.
///
/// Whoever asks again after two seconds most likely did not get the file. One word per slot and no
/// chains: a request whose slot has been taken since counts as new, and then the client meets the same
/// mirror again, as it would without this table. Nothing is allocated after the start.
package struct RetryTable: Sendable {
    /// A power of two; with 4,096 requests remembered for five seconds, 800 a second are told apart.
    private static let slotCount = 4096

    /// How long a request is remembered, in seconds.
    private let seconds: Int64
    /// 40 bits of the request's hash, the low 16 of the second, and how often it came.
    private var slots = [UInt64](repeating: 0, count: slotCount)

    package init(seconds: Int64) {
        self.seconds = min(max(seconds, 1), 3600)
    }

    /// How often the request `key` was made before, each time within the given seconds after the
    /// last; 255 at most.
    ///
    /// `now` is in seconds since 1970.
    package mutating func earlierAttempts(of key: UInt64, now: Int64) -> Int {
        let index = Int(truncatingIfNeeded: key) & (Self.slotCount - 1)
        let slot = slots[index]
        let second = UInt64(truncatingIfNeeded: now) & 0xFFFF
        var attempts: UInt64 = 0
        // Seconds count in 16 bits: a slot of 18 hours ago can look young once, and does no harm.
        let age = (second &- (slot &>> 8)) & 0xFFFF
        if slot != 0, slot &>> 24 == key &>> 24, age <= UInt64(seconds) {
            attempts = min((slot & 0xFF) + 1, 0xFF)
        }
        slots[index] = (key & ~0xFF_FFFF) | (second &<< 8) | attempts
        return Int(attempts)
    }
}
