/// The networks whose hosts may speak for others: the ingress, the gateway, the CDN.
package struct TrustedProxies: Hashable, Sendable {
    private struct Block: Hashable, Sendable {
        let network: IPAddress
        let prefixLength: Int
    }

    private var blocks: [Block]

    /// Nobody is trusted: the peer is the client, and headers say nothing about it.
    package static let none = TrustedProxies(blocks: [])

    private init(blocks: [Block]) {
        self.blocks = blocks
    }

    /// Reads `10.0.0.0/8, 192.0.2.7, 2001:db8::/32`, or `none`; nil when an entry is not understood.
    ///
    /// A block whose address has bits set behind its prefix is refused: it is a typing error more
    /// often than not.
    package init?(_ text: String) {
        guard text != "none" else {
            self = .none
            return
        }
        var blocks: [Block] = []
        for entry in text.split(whereSeparator: { $0 == "," || $0 == " " }) {
            let parts = entry.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count <= 2, let address = IPAddress(String(parts[0])) else { return nil }
            let longest = address.isIPv4 ? 32 : 128
            var length = longest
            if parts.count == 2 {
                guard let number = Int(parts[1]), (0...longest).contains(number) else { return nil }
                length = number
            }
            let network = address.network(prefixLength: length)
            guard network == address else { return nil }
            blocks.append(Block(network: network, prefixLength: length))
        }
        self.blocks = blocks
    }

    /// Trusts this host's own programs, too.
    package mutating func trustLoopback() {
        let host = IPAddress(v4: 0x7F00_0001)
        if !contains(host) { blocks.append(Block(network: host, prefixLength: 32)) }
    }

    package var isEmpty: Bool { blocks.isEmpty }

    package func contains(_ address: IPAddress) -> Bool {
        for block in blocks
        where block.network.isIPv4 == address.isIPv4
            && address.network(prefixLength: block.prefixLength) == block.network
        {
            return true
        }
        return false
    }
}
