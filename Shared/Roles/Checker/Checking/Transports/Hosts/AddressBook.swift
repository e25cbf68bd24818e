import HTTPTransport
import Linux
import Synchronization

/// Resolves all addresses of hosts, in separate threads, because the system's resolver blocks.
///
/// If a name has several, each may be a different server, and one may lack what another has.
package final class AddressBook {
    /// The threads' results, by name.
    private final class Findings: Sendable {
        let byName = Mutex<[String: [String]]>([:])
    }

    private let findings = Findings()
    /// The names being looked up.
    private var sought: Set<String> = []
    private var waiting: [String] = []

    /// Most resolvers handle many queries at once; four burden none.
    private static let threadLimit = 4
    /// More addresses of one name than this belong to a load balancer, whose servers are alike.
    static let addressLimit = 8

    package init() {}

    /// Whether any name is still being looked up.
    var isLookingUp: Bool { findings.byName.withLock { $0.count } < sought.count }

    /// The addresses of the host of `authority`, `name[:port]`, in the same family as `met`, the
    /// address of an actual connection.
    ///
    /// Empty before they are known, and if `met` is the only one.
    func addresses(of authority: String, metAt met: String?) -> [String] {
        guard let met, let name = Self.name(authority), AddressKind(name) == nil else {
            return [""]
        }
        guard let all = found(name) else { return [""] }
        let isIPv6 = met.contains(":")
        let alike = all.filter { $0.contains(":") == isIPv6 }.prefix(Self.addressLimit)
        return alike.count > 1 && alike.contains(met) ? Array(alike) : [""]
    }

    private func found(_ name: String) -> [String]? {
        let known = findings.byName.withLock { $0[name] }
        if known == nil, !sought.contains(name) {
            sought.insert(name)
            waiting.append(name)
        }
        startWaiting()
        return known
    }

    private func startWaiting() {
        guard !waiting.isEmpty else { return }
        let runningCount =
            sought.count - waiting.count - findings.byName.withLock { $0.count }
        for _ in 0..<max(0, Self.threadLimit - runningCount) {
            guard let name = waiting.popLast() else { return }
            Self.startLookUp(of: name, into: findings)
        }
    }

    /// If no thread can be started, the name has no addresses.
    private static func startLookUp(of name: String, into findings: Findings) {
        do throws(SystemError) {
            try Thread {
                let found = HostLookup.addresses(of: name) ?? []
                findings.byName.withLock { $0[name] = found }
            }.detach()
        } catch {
            findings.byName.withLock { $0[name] = [] }
        }
    }

    /// The name without its port; nil if there is none.
    private static func name(_ authority: String) -> String? {
        guard !authority.hasPrefix("[") else { return nil }
        return authority.split(separator: ":").first.map(String.init)
    }
}
