import Synchronization

/// Notices that the fallback host leads back to this redirector, and says so once for each sign of
/// it.
///
/// Then whoever asks for what no mirror has goes round in circles until the client gives up. One
/// for all threads of a server.
package final class FallbackWatch: Sendable {
    /// What the circle was noticed by.
    package enum Sign: Hashable, Sendable {
        /// A request for the URL that it would be redirected to.
        case ownURL
        /// One client that came back for one path again and again, as one does that follows
        /// redirects.
        case returning(times: Int)
    }

    /// How often a client comes back at once before that is a circle: clients follow 20 redirects
    /// and more, and no one asks so often for what it was sent elsewhere for.
    private static let roundLimit: UInt64 = 12
    /// How long one round may take, in seconds.
    private static let roundSeconds: UInt64 = 2
    /// A power of two; a client in a circle needs its slot for a moment only.
    private static let slotCount = 64

    private let say: @Sendable (Sign) -> Void
    /// One sign may be made up by a client; it must not hide the other.
    private let isOwnURLSaid = Atomic(false)
    private let isReturningSaid = Atomic(false)
    /// By a few bits of the key: the others, the second, and how often it came.
    private let slots = InlineArray<64, Atomic<UInt64>> { _ in Atomic(0) }

    /// `say` is called once for each kind of sign, by the thread that notices.
    package init(say: @escaping @Sendable (Sign) -> Void) {
        self.say = say
    }

    /// A request was for the URL that it would be redirected to, or will be.
    package func noteOwnURL() {
        guard !isOwnURLSaid.exchange(true, ordering: .relaxed) else { return }
        say(.ownURL)
    }

    /// A request with `key`, of one client and one path, is redirected to the fallback host.
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
