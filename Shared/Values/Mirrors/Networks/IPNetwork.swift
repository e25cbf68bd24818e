/// A block of addresses that share a prefix, such as `192.0.2.0/24`.
package struct IPNetwork: Hashable, Sendable {
    /// The first address.
    package let address: IPAddress
    /// The length of the prefix in bits, counted in its own family's length: 32 or 128.
    package let prefixLength: Int

    /// Nil if `address` has bits set after the prefix, or the prefix is too long.
    package init?(_ address: IPAddress, prefixLength: Int) {
        guard (0...(address.isIPv4 ? 32 : 128)).contains(prefixLength),
            address.network(prefixLength: prefixLength) == address
        else { return nil }
        self.address = address
        self.prefixLength = prefixLength
    }

    /// Parses `10.0.0.0/8`, `192.0.2.7` or `2001:db8::/32`; nil for anything else.
    ///
    /// An address with bits set after its prefix is refused, because that is usually a typing
    /// error.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let first = parts.first, let address = IPAddress(String(first))
        else { return nil }
        guard parts.count == 2 else {
            self.init(address, prefixLength: address.isIPv4 ? 32 : 128)
            return
        }
        // Int would also accept a sign.
        guard parts[1].utf8.first.map({ (0x30...0x39).contains($0) }) == true,
            let prefixLength = Int(parts[1])
        else { return nil }
        self.init(address, prefixLength: prefixLength)
    }

    package func contains(_ address: IPAddress) -> Bool {
        self.address.isIPv4 == address.isIPv4
            && address.network(prefixLength: prefixLength) == self.address
    }
}

extension IPNetwork: CustomStringConvertible {
    /// `192.0.2.0/24`, even for a single address.
    package var description: String { "\(address)/\(prefixLength)" }
}
