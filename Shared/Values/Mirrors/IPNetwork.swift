/// A block of addresses that begin with the same bits, such as `192.0.2.0/24`.
package struct IPNetwork: Hashable, Sendable {
    /// The first address.
    package let address: IPAddress
    /// How many bits are the same, counted in the family's own length: 32 or 128.
    package let prefixLength: Int

    /// Nil where `address` has bits set behind the prefix, or the prefix is longer than an address.
    package init?(_ address: IPAddress, prefixLength: Int) {
        guard (0...(address.isIPv4 ? 32 : 128)).contains(prefixLength),
            address.network(prefixLength: prefixLength) == address
        else { return nil }
        self.address = address
        self.prefixLength = prefixLength
    }

    /// Reads `10.0.0.0/8`, `192.0.2.7` or `2001:db8::/32`; nil where that is no block.
    ///
    /// One whose address has bits set behind its prefix is refused: it is a typing error more often
    /// than not.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let first = parts.first, let address = IPAddress(String(first))
        else { return nil }
        guard parts.count == 2 else {
            self.init(address, prefixLength: address.isIPv4 ? 32 : 128)
            return
        }
        // Int reads a sign, too.
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
    /// `192.0.2.0/24`, also of a single address.
    package var description: String { "\(address)/\(prefixLength)" }
}
