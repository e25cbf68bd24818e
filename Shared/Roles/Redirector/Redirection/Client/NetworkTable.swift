import Mirrors
import RegionMapFormat

/// Which access points serve which networks before all others.
///
/// Rules are sorted by prefix length and address, so that a client costs one binary search for each
/// length in use: about ten in practice, 130 at most.
struct NetworkTable: Sendable {
    fileprivate struct Rule: Sendable {
        let network: RegionMapNetwork
        let accessPoint: UInt32

        /// Whether it comes before `other`: more specific rules first.
        func precedes(_ other: Rule) -> Bool {
            let (own, others) = (network, other.network)
            if own.bitCount != others.bitCount {
                return own.specificity < others.specificity
            }
            if own.high != others.high { return own.high < others.high }
            if own.low != others.low { return own.low < others.low }
            return accessPoint < other.accessPoint
        }
    }

    /// Sorted, once ``sort()`` was called.
    fileprivate var rules: [Rule] = []
    /// The end of the rules of each length.
    fileprivate var ends: [Int] = []
    /// Whether any rule names an autonomous system.
    private(set) var namesSystems = false

    var isEmpty: Bool { rules.isEmpty }

    mutating func append(_ networks: [RegionMapNetwork], of accessPoint: Int) {
        for network in networks {
            if network.isSystem { namesSystems = true }
            rules.append(
                Rule(network: network, accessPoint: UInt32(truncatingIfNeeded: accessPoint))
            )
        }
    }

    /// Call it after the last rule was added.
    mutating func sort() {
        rules.sort { $0.precedes($1) }
        ends = []
        for index in rules.indices
        where index + 1 == rules.count
            || rules[index + 1].network.bitCount != rules[index].network.bitCount
        {
            ends.append(index + 1)
        }
    }

    /// An access point that serves the network of a client.
    struct Match {
        let accessPoint: Int
        /// 0 for a rule about a single address, 128 for all addresses, 129 for an autonomous
        /// system.
        let specificity: UInt64
    }

    /// Iterates over the access points that serve a client's network, most specific rule first.
    struct Matches {
        /// The index into `ends` of the next length to search.
        private var length = 0
        private var index = 0
        private var end = 0
        private var wanted = RegionMapNetwork(system: 0)

        mutating func next(in table: borrowing NetworkTable, for client: Client) -> Match? {
            while true {
                if index < end, table.rules[index].network == wanted {
                    defer { index += 1 }
                    return Match(
                        accessPoint: Int(table.rules[index].accessPoint),
                        specificity: wanted.specificity
                    )
                }
                guard length < table.ends.count else { return nil }
                let start = length == 0 ? 0 : table.ends[length - 1]
                end = table.ends[length]
                index = end
                length += 1
                guard let own = table.rules[start].network.counterpart(of: client) else { continue }
                wanted = own
                index = table.firstIndex(in: start..<end, notBefore: own)
            }
        }
    }

    fileprivate func firstIndex(in range: Range<Int>, notBefore wanted: RegionMapNetwork) -> Int {
        var (low, high) = (range.lowerBound, range.upperBound)
        while low < high {
            let middle = (low + high) / 2
            let network = rules[middle].network
            if (network.high, network.low) < (wanted.high, wanted.low) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }
}

extension RegionMapNetwork {
    var isSystem: Bool { bitCount == Self.systemBitCount }

    /// How far it is from a single address: 0 to 128, and 129 for an autonomous system.
    var specificity: UInt64 { isSystem ? 129 : 128 - UInt64(min(bitCount, 128)) }

    /// The client's network of the same length as this one; nil if it is unknown or of the other
    /// family.
    func counterpart(of client: Client) -> RegionMapNetwork? {
        if isSystem { return client.system.map { RegionMapNetwork(system: $0) } }
        guard let address = client.address else { return nil }
        // ::ffff:0:0/96 is all of IPv4; shorter prefixes are IPv6.
        guard !address.isIPv4 || bitCount >= 96 else { return nil }
        let length = Int(bitCount)
        let own = address.network(prefixLength: address.isIPv4 ? length - 96 : length)
        return RegionMapNetwork(bitCount: bitCount, high: own.high, low: own.low)
    }

    func contains(_ client: Client) -> Bool { counterpart(of: client) == self }
}
