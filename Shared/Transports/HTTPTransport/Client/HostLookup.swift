import Glibc

/// The system's resolver (getaddrinfo(3)).
///
/// The call blocks for as long as `/etc/resolv.conf` says, and cannot be cancelled.
package enum HostLookup {
    /// All addresses of `name` as text, sorted; nil if it has none or no resolver answered.
    package static func addresses(of name: String) -> [String]? {
        // For any socket type: each address occurs several times.
        var hints = unsafe addrinfo()
        var first: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(name, nil, &hints, &first) == 0 else { return nil }
        defer { unsafe freeaddrinfo(first) }
        var texts: Set<String> = []
        var next = unsafe first
        while let entry = unsafe next {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let code = unsafe getnameinfo(
                entry.pointee.ai_addr,
                entry.pointee.ai_addrlen,
                &text,
                socklen_t(text.count),
                nil,
                0,
                NI_NUMERICHOST
            )
            if code == 0 {
                let bytes = text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
                texts.insert(String(decoding: bytes, as: UTF8.self))
            }
            unsafe next = entry.pointee.ai_next
        }
        return texts.isEmpty ? nil : texts.sorted()
    }
}
