package import Mirrors
import Redirection
import Synchronization

/// Notices that a proxy is not believed that should be, and says so, once an hour at most.
///
/// Behind an ingress or a gateway that `TRUSTED_PROXIES` does not name all clients look like one,
/// and those of https are sent to http. Nothing fails by it, so nobody would look. One for all
/// threads of a server.
package final class UnbelievedProxies: Sendable {
    /// Where a proxy of one's own stands: a client on the Internet has none of these addresses.
    private static let privateNetworks =
        TrustedProxies(
            "127.0.0.0/8, 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, "
                + "169.254.0.0/16, ::1, fc00::/7, fe80::/10"
        ) ?? .none
    private static let pauseMilliseconds: Int64 = 3_600_000

    private let say: @Sendable (IPAddress) -> Void
    /// Until when nothing is said.
    private let quietUntil = Atomic<Int64>(.min)

    /// `say` is called by the thread that notices.
    package init(say: @escaping @Sendable (IPAddress) -> Void) {
        self.say = say
    }

    /// `peer` sent a proxy's headers, and is not in `TRUSTED_PROXIES`.
    ///
    /// `time` is by ``Clock/milliseconds()``.
    package func note(_ peer: IPAddress, at time: Int64) {
        let until = quietUntil.load(ordering: .relaxed)
        guard time >= until, Self.privateNetworks.contains(peer) else { return }
        let isFirst = quietUntil.compareExchange(
            expected: until,
            desired: time &+ Self.pauseMilliseconds,
            ordering: .relaxed
        ).exchanged
        if isFirst { say(peer) }
    }
}
