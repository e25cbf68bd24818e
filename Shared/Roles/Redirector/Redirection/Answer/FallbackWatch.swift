import Synchronization

/// Detects that the fallback host leads back to this redirector, and reports it once for each kind
/// of sign.
///
/// In that case, a client that requests a file without a mirror is redirected in a loop until it
/// gives up. All threads of a server share one watch.
package final class FallbackWatch: Sendable {
    /// How the loop was detected.
    package enum Sign: Hashable, Sendable {
        /// A request for the URL that it would be redirected to.
        case ownURL
        /// A client that came back for the same path again and again, as one that follows redirects
        /// does.
        case returning(times: Int)
    }

    /// How many immediate returns of a client count as a loop: clients follow 20 redirects and
    /// more, but none repeats a request this often otherwise.
    private static let roundLimit: UInt64 = 12
    /// The maximum duration of one round, in seconds.
    private static let roundSeconds: UInt64 = 2
    /// A power of two; a looping client needs its slot only briefly.
    private static let slotCount = 64

    private let say: @Sendable (Sign) -> Void
    /// A client can forge one sign, which must not hide the other.
    private let isOwnURLSaid = Atomic(false)
    private let isReturningSaid = Atomic(false)
    /// Indexed by a few bits of the key; each slot has the other bits, the second, and the count.
    private let slots = InlineArray<64, Atomic<UInt64>> { _ in Atomic(0) }

    /// `say` is called once for each kind of sign, by the thread that detects it.
    package init(say: @escaping @Sendable (Sign) -> Void) {
        self.say = say
    }

    /// Notes a request for the URL that it would be, or will be, redirected to.
    package func noteOwnURL() {
        guard !isOwnURLSaid.exchange(true, ordering: .relaxed) else { return }
        say(.ownURL)
    }

    /// Notes that a request with `key`, for one client and path, is redirected to the fallback
    /// host.
    ///
    /// `now` is in seconds since 1970.
    func noteRedirect(of key: UInt64, now: Int64) {
        guard !isReturningSaid.load(ordering: .relaxed) else { return }
        let index = Int(truncatingIfNeeded: key) & (Self.slotCount - 1)
        let slot = slots[index].load(ordering: .relaxed)
        let second = UInt64(truncatingIfNeeded: now) & 0xFFFF
        let age = (second &- (slot &>> 8)) & 0xFFFF
        let isSame = slot &>> 24 == key &>> 24 && age <= Self.roundSeconds
        let rounds = isSame ? (slot & 0xFF) + 1 : 1
        slots[index].store(key & ~0xFF_FFFF | second &<< 8 | rounds, ordering: .relaxed)
        guard rounds >= Self.roundLimit, !isReturningSaid.exchange(true, ordering: .relaxed)
        else { return }
        say(.returning(times: Int(rounds)))
    }
}
