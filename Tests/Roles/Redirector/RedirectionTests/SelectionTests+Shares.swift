import Mirrors
import Redirection
import RegionMapFormat
import Testing
import Time

// Mirrors that take only a part of the requests, or those of some networks.
extension SelectionTests {
    /// The share of each mirror's requests, over many clients.
    private func shares(_ table: AccessPointTable, clients: Int = 15_000) -> [String: Double] {
        var counts: [String: Double] = [:]
        for number in 0..<clients {
            counts[chosen(table, for: client(number), limit: 1).first ?? "nobody", default: 0] += 1
        }
        return counts.mapValues { $0 / Double(clients) }
    }

    @Test(
        arguments: [
            ([1, 1, 2], [1, 1, 1], [0.25, 0.25, 0.5]),
            ([1, 1, 2], [1, 1, 0.2], [0.4, 0.4, 0.2]),
            // The excess over the first cap makes the second one bind.
            ([6, 3, 1], [0.2, 0.4, 1], [0.2, 0.4, 0.4]),
            ([1, 1], [0.3, 0.2], [0.3, 0.2]),
            ([5], [0.1], [0.1]),
            ([], [], []),
        ] as [([Double], [Double], [Double])]
    )
    func whatACapKeepsOffGoesToTheOthers(
        weights: [Double],
        caps: [Double],
        expected: [Double]
    ) {
        let shares = ShareCaps.shares(of: weights, under: caps)
        #expect(zip(shares, expected).allSatisfy { abs($0 - $1) < 1e-12 }, "\(shares)")
        #expect(shares.count == expected.count)
    }

    @Test func noMirrorGetsMoreThanItsShareOfARegion() {
        var table = AccessPointTable()
        point(&table, "near", rank: 0, maxShare: 0.3)
        point(&table, "near", scheme: .https, rank: 0, maxShare: 0.3)
        point(&table, "large", rank: 1, weight: 300, maxShare: 0.25)
        point(&table, "small", rank: 1, weight: 100)
        point(&table, "far", rank: 2)
        let shares = shares(table)
        // 0.7 is left for the second group, of which large may have 0.25.
        for (id, expected) in ["near-http": 0.3, "large-http": 0.25, "small-http": 0.45] {
            #expect(abs((shares[id] ?? 0) / expected - 1) < 0.05, "\(id): \(shares)")
        }
        #expect(shares["far-http"] == nil)
    }

    /// No mirror takes over what the caps exclude: that goes to the fallback.
    @Test func capsHoldWhereAllHaveOne() {
        var table = AccessPointTable()
        for number in 0..<4 { point(&table, "m\(number)", maxShare: 0.2) }
        let shares = shares(table)
        #expect(abs((shares["nobody"] ?? 0) / 0.2 - 1) < 0.05)
        for number in 0..<4 {
            #expect(abs((shares["m\(number)-http"] ?? 0) / 0.2 - 1) < 0.05)
        }
    }

    @Test func aCapThatDoesNotBindChangesNothing() {
        var table = AccessPointTable()
        var capped = AccessPointTable()
        for number in 0..<6 {
            point(&table, "m\(number)", rank: UInt32(number / 3))
            point(&capped, "m\(number)", rank: UInt32(number / 3), maxShare: 0.5)
        }
        for number in 0..<1_000 {
            #expect(chosen(capped, for: client(number)) == chosen(table, for: client(number)))
        }
    }

    @Test func underCapsTooTheSameNetworkGetsTheSameMirror() {
        var table = AccessPointTable()
        for number in 0..<10 {
            point(&table, "m\(number)", rank: UInt32(number / 2), maxShare: 0.15)
        }
        for number in 0..<500 {
            #expect(
                chosen(table, for: client(number)) == chosen(table, for: client(number, host: 99))
            )
        }
    }

    // MARK: Networks

    private static let university = RegionMapNetwork(bitCount: 112, high: 0, low: 0xFFFF_C633_0000)
    private static let institute = RegionMapNetwork(bitCount: 120, high: 0, low: 0xFFFF_C633_6400)
    private static let six = RegionMapNetwork(bitCount: 32, high: 0x2001_0DB8 << 32, low: 0)

    private func networkTable() -> AccessPointTable {
        var table = AccessPointTable()
        point(&table, "near", rank: 0, country: Self.germany)
        point(&table, "system", rank: 5, networks: [RegionMapNetwork(system: 64_500)])
        point(&table, "university", rank: 6, networks: [Self.university, Self.six])
        point(&table, "institute", rank: 7, networks: [Self.institute])
        point(&table, "closed", rank: 1, networks: [Self.institute], networksOnly: true)
        return table
    }

    @Test func theClientsOwnNetworkComesFirst() {
        let table = networkTable()
        func client(_ address: String, system: UInt32? = nil) -> Client {
            Client(
                address: IPAddress(address),
                country: Self.germany,
                system: system
            )
        }
        let stranger = client("192.0.2.1")
        #expect(
            chosen(table, for: stranger)
                == ["near-http", "system-http", "university-http", "institute-http"]
        )
        #expect(table.exclusion(of: table.entries[4], for: stranger) == .clientNetwork)
        #expect(chosen(table, for: client("198.51.1.1"), limit: 1) == ["university-http"])
        #expect(chosen(table, for: client("2001:db8:7::1"), limit: 1) == ["university-http"])
        #expect(chosen(table, for: client("2001:db9::1"), limit: 1) == ["near-http"])
        let member = chosen(table, for: client("198.51.100.9", system: 64_500))
        // The most specific rule comes first: equals share, then the larger block, then the system.
        #expect(Set(member[..<2]) == ["institute-http", "closed-http"])
        #expect(Array(member[2...]) == ["university-http", "system-http", "near-http"])
        #expect(
            chosen(table, for: client("192.0.2.1", system: 64_500), limit: 1)
                == ["system-http"]
        )
        // If nothing is known about the client, no rule matches.
        #expect(chosen(table, for: Client(address: nil), limit: 1) == ["near-http"])
    }

    @Test func anotherPlaceIsAskedForBeforeTheOwnNetwork() {
        let table = networkTable()
        let member = Client(address: IPAddress("198.51.100.9"))
        #expect(
            chosen(table, for: member, preferences: preferences("country=de")).first == "near-http"
        )
        #expect(
            chosen(table, for: member, preferences: preferences("mirror=near")).first == "near-http"
        )
        #expect(
            chosen(table, for: member, preferences: preferences("avoid=institute,closed")).first
                == "university-http"
        )
    }

    @Test func theOwnNetworkIsNothingWhereItIsDownOrCannotBeReached() throws {
        var table = networkTable()
        table.apply(try .down("institute-http"))
        let address = try #require(IPAddress("198.51.100.9"))
        #expect(chosen(table, for: Client(address: address)).first == "closed-http")
        #expect(chosen(table, for: Client(address: address, isHTTPS: true)).isEmpty)
    }
}
