import Glibc
import Linux
import Mirrors
import Redirection

/// Whether the fallback host is this server, as far as that can be told locally.
enum FallbackHost {
    /// Whether `url`, an absolute http URL, leads to `port` of an address of this machine.
    ///
    /// No names are resolved except `localhost` and the machine's own; a name that a proxy in front
    /// serves is detected by the first request that comes back.
    static func isThisServer(_ url: String, port: Int) -> Bool {
        guard url.hasPrefix("http://"),
            let authority = url.dropFirst(7).split(separator: "/").first
        else { return false }
        let (host, ownPort) = split(authority)
        guard (ownPort ?? 80) == port else { return false }
        if let address = IPAddress(host) { return isOwn(address) }
        return host.lowercased() == "localhost" || host.lowercased() == machineName
    }

    private static func split(_ authority: Substring) -> (host: String, port: Int?) {
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            let host = authority[authority.index(after: authority.startIndex)..<end]
            return (String(host), Int(authority[end...].dropFirst(2)))
        }
        let parts = authority.split(separator: ":", maxSplits: 1)
        return (String(parts.first ?? ""), parts.count > 1 ? Int(parts[1]) : nil)
    }

    /// Whether a socket can be bound to the address, which is only possible for addresses of this
    /// machine.
    private static func isOwn(_ address: IPAddress) -> Bool {
        let family = address.isIPv4 ? AF_INET : AF_INET6
        let descriptor = socket(family, SocketKind.datagram, 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var storage = SocketAddress(address, port: 0)
        return unsafe storage.withPointer { pointer, size in
            unsafe bind(descriptor, pointer, size) == 0
        }
    }

    private static var machineName: String {
        var bytes = [CChar](repeating: 0, count: 256)
        guard unsafe gethostname(&bytes, bytes.count - 1) == 0 else { return "" }
        let name = bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
        return String(decoding: name, as: UTF8.self).lowercased()
    }
}
