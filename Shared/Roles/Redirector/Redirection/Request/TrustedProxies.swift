package import Mirrors

/// The networks whose hosts may speak for clients: the ingress, the gateway, the CDN.
package struct TrustedProxies: Hashable, Sendable {
    private var blocks: [IPNetwork]

    /// No host is trusted: the peer is the client, and headers about it are ignored.
    package static let none = TrustedProxies(blocks: [])

    private init(blocks: [IPNetwork]) {
        self.blocks = blocks
    }

    /// Parses `10.0.0.0/8, 192.0.2.7, 2001:db8::/32`, or `none`; nil if an entry is invalid.
    package init?(_ text: String) {
        guard text != "none" else {
            self = .none
            return
        }
        var blocks: [IPNetwork] = []
        for entry in text.split(whereSeparator: { $0 == "," || $0 == " " }) {
            guard let block = IPNetwork(entry) else { return nil }
            blocks.append(block)
        }
        self.blocks = blocks
    }

    /// Also trusts programs on this host.
    package mutating func trustLoopback() {
        let host = IPAddress(v4: 0x7F00_0001)
        if !contains(host), let block = IPNetwork(host, prefixLength: 32) { blocks.append(block) }
    }

    package var isEmpty: Bool { blocks.isEmpty }

    package func contains(_ address: IPAddress) -> Bool {
        for block in blocks where block.contains(address) { return true }
        return false
    }
}
