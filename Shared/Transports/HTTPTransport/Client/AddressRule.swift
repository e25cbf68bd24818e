import CCurl
import Glibc
import Linux

/// Which addresses a connection may lead to.
///
/// A mirror that redirects into a private network would make the checker send requests there. So
/// the address is judged when the socket is opened, whatever name led to it; see ``AddressKind``.
enum AddressRule {
    /// The access point's own host may be in a private network, but not link-local.
    case ownHost
    /// The target of a redirect.
    case publicOnly
    /// The connection leads to a proxy, and only the proxy knows the address beyond.
    case proxied

    func allows(_ kind: AddressKind) -> Bool {
        switch self {
        case .ownHost: kind != .link
        case .publicOnly: kind == .global
        case .proxied: true
        }
    }
}

/// The kind of network that contains an IP address.
package enum AddressKind: Hashable, Sendable {
    /// Everything else.
    case global
    /// Loopback, "this host", RFC 1918, the shared space of RFC 6598 and the unique local
    /// addresses of RFC 4193.
    case local
    /// Link-local (RFC 3927, RFC 4291), where clouds serve credentials, multicast and broadcast.
    case link

    /// Classifies four bytes of IPv4 or sixteen of IPv6; nil for any other count.
    package init?(_ bytes: [UInt8]) {
        switch bytes.count {
        case 4: self = Self.kind(ofIPv4: bytes[...])
        case 16: self = Self.kind(ofIPv6: bytes)
        default: return nil
        }
    }

    /// Classifies the text of an address, `192.0.2.1` or `2001:db8::1`, ignoring an interface after
    /// `%`; nil for a name.
    package init?(_ text: some StringProtocol) {
        let address = String(text.prefix { $0 != "%" })
        var bytes = [UInt8](repeating: 0, count: 16)
        if unsafe inet_pton(AF_INET, address, &bytes) == 1 {
            self.init(Array(bytes.prefix(4)))
        } else if unsafe inet_pton(AF_INET6, address, &bytes) == 1 {
            self.init(bytes)
        } else {
            return nil
        }
    }

    private static func kind(ofIPv4 bytes: ArraySlice<UInt8>) -> AddressKind {
        let (first, second) = (bytes[bytes.startIndex], bytes[bytes.startIndex + 1])
        return switch (first, second) {
        case (169, 254), (224..., _): .link
        case (0, _), (10, _), (127, _), (192, 168), (172, 16...31), (100, 64...127): .local
        default: .global
        }
    }

    private static func kind(ofIPv6 bytes: [UInt8]) -> AddressKind {
        let isZero = bytes.prefix(10).allSatisfy { $0 == 0 }
        // Mapped (::ffff:0:0/96) addresses and, as older systems wrote them, compatible ones
        // (::/96).
        if isZero,
            bytes[10...11].allSatisfy({ $0 == 0xFF }) || bytes[10...11].allSatisfy({ $0 == 0 })
        {
            // "::" and "::1" among them are 0.0.0.0 and 0.0.0.1.
            return kind(ofIPv4: bytes[12...])
        }
        // Translators (RFC 6052) and 6to4 (RFC 3056) lead to the IPv4 address inside.
        if bytes.starts(with: [0, 0x64, 0xFF, 0x9B]) { return kind(ofIPv4: bytes[12...]) }
        if bytes.starts(with: [0x20, 0x02]) { return kind(ofIPv4: bytes[2...]) }
        return switch (bytes[0], bytes[1]) {
        case (0xFE, 0x80...0xBF), (0xFF, _): .link
        case (0xFC...0xFD, _), (0xFE, 0xC0...0xFF): .local
        default: .global
        }
    }
}

extension EasyHandle {
    /// Refuses every socket whose address ``addressRule`` does not allow.
    func judgeAddresses() {
        unsafe set(
            CURLOPT_OPENSOCKETDATA,
            UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque())
        )
        unsafe setSocketFunction { context, _, address in
            guard let context = unsafe context, let address = unsafe address else {
                return CURL_SOCKET_BAD_VALUE
            }
            let handle = unsafe Unmanaged<EasyHandle>.fromOpaque(context).takeUnretainedValue()
            let bytes = unsafe EasyHandle.bytes(of: address)
            // Other families than IP do not occur.
            if let bytes, let kind = AddressKind(bytes), !handle.addressRule.allows(kind) {
                handle.refusedAddress = addressText(bytes)
                return CURL_SOCKET_BAD_VALUE
            }
            return unsafe Glibc.socket(
                address.pointee.family,
                address.pointee.socktype | SocketKind.closedOnExec,
                address.pointee.protocol
            )
        }
    }

    private static func bytes(of address: UnsafeMutablePointer<curl_sockaddr>) -> [UInt8]? {
        // libcurl's `addr` is as long as the family needs.
        guard let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr) else { return nil }
        let name = unsafe UnsafeRawPointer(address) + offset
        switch unsafe address.pointee.family {
        case AF_INET:
            let address = unsafe name.loadUnaligned(as: sockaddr_in.self).sin_addr
            return unsafe withUnsafeBytes(of: address) { unsafe Array($0) }
        case AF_INET6:
            let address = unsafe name.loadUnaligned(as: sockaddr_in6.self).sin6_addr
            return unsafe withUnsafeBytes(of: address) { unsafe Array($0) }
        default: return nil
        }
    }
}

/// libcurl's `CURL_SOCKET_BAD`, a macro.
private let CURL_SOCKET_BAD_VALUE: curl_socket_t = -1

private func addressText(_ bytes: [UInt8]) -> String {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    let family = bytes.count == 4 ? AF_INET : AF_INET6
    guard unsafe inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return "" }
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
