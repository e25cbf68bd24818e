import CCurl

/// Ends a transfer in which almost nothing moves in either direction.
///
/// libcurl's own `CURLOPT_LOW_SPEED_TIME` uses the average over five seconds, so that an upload
/// followed by silence counts as moving for that much longer. This uses windows of
/// ``Patience/stallSeconds``; a stall is detected at the end of the first complete one, so after
/// one to two of them. libcurl calls it at least once a second.
final class StallWatch {
    private let window: Duration
    private let leastByteCount: Int64
    private var windowStart = ContinuousClock.now
    private var byteCountAtStart: Int64 = 0
    private(set) var hasStalled = false

    init(_ patience: Patience) {
        window = .milliseconds(Int64(patience.stallSeconds * 1000))
        leastByteCount = Int64(patience.stallSeconds * Double(Patience.stallSpeed))
    }

    /// Watches the next transfer of `handle`, which this must outlive.
    func watch(_ handle: EasyHandle) {
        unsafe handle.set(
            CURLOPT_XFERINFODATA,
            UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque())
        )
        handle.set(CURLOPT_NOPROGRESS, 0)
        unsafe handle.setProgressFunction { context, _, received, _, sent in
            guard let context = unsafe context else { return 1 }
            let watch = unsafe Unmanaged<StallWatch>.fromOpaque(context).takeUnretainedValue()
            // Any value but 0 ends the transfer with CURLE_ABORTED_BY_CALLBACK.
            return watch.isMoving(byteCount: Int64(received) &+ Int64(sent)) ? 0 : 1
        }
    }

    private func isMoving(byteCount: Int64) -> Bool {
        let now = ContinuousClock.now
        guard now - windowStart >= window else { return true }
        hasStalled = byteCount - byteCountAtStart < leastByteCount
        windowStart = now
        byteCountAtStart = byteCount
        return !hasStalled
    }
}
