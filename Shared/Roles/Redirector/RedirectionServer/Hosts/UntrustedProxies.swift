package import Mirrors
import Redirection
import Synchronization

/// Detects an untrusted proxy that should probably be trusted, and reports it at most once an hour.
///
/// Behind an ingress or a gateway that `TRUSTED_PROXIES` lacks, all clients look like one, and
/// https clients are sent to http. Nothing fails because of it, so nobody would notice. All threads
/// of a server share one detector.
package final class UntrustedProxies: Sendable {
    /// Private addresses, which a client on the Internet cannot have.
    private static let privateNetworks =
        TrustedProxies(
            "127.0.0.0/8, 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, "
                + "169.254.0.0/16, ::1, fc00::/7, fe80::/10"
        ) ?? .none
    private static let pauseMilliseconds: Int64 = 3_600_000

    private let say: @Sendable (IPAddress) -> Void
    /// Until when nothing is reported.
    private let quietUntil = Atomic<Int64>(.min)

    /// `say` is called by the thread that detects it.
    package init(say: @escaping @Sendable (IPAddress) -> Void) {
        self.say = say
    }

    /// Notes that `peer` sent a proxy's headers, but is not in `TRUSTED_PROXIES`.
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
