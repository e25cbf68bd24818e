import Bytes
import Mirrors
import Redirection
import RegionMapFormat
import Testing

/// A client gets the files of a set from one mirror; the load is still spread.
@Suite struct PathSetRedirectTests {
    private static let members = ["Release", "main/Packages", "main/Contents", "main/i18n/x"]

    /// Four equal mirrors that hold everything.
    private static func snapshot(sets: String) throws -> Snapshot {
        var writer = RegionMapWriter(regionID: "europe", catalogGeneration: 7, builtAt: 1_000)
        writer.pathSets = sets
        for number in 0..<4 {
            _ = try writer.addAccessPoint(
                RegionMapAccessPoint(
                    id: "m\(number)-http",
                    mirrorID: "m\(number)",
                    mirrorName: "m\(number)",
                    baseURL: "http://m\(number).example/",
                    clientCountries: "",
                    scheme: .http
                )
            )
        }
        for suite in ["a", "b"] {
            for member in members {
                try writer.add(
                    path: Array("dists/\(suite)/\(member)".utf8),
                    replicas: [0, 1, 2, 3]
                )
            }
        }
        for number in 0..<8 {
            try writer.add(path: Array("pool/\(number)".utf8), replicas: [0, 1, 2, 3])
        }
        return try Snapshot(
            map: StableBytes(copying: writer.finished()),
            verifying: true,
            health: nil
        )
    }

    /// A client's mirrors for some paths, in order of preference.
    private func mirrors(_ snapshot: Snapshot, _ paths: [String], _ address: String) -> [[Int]] {
        paths.map { path in
            var selection = Selection()
            let client = Client(address: IPAddress(address))
            #expect(
                snapshot.select(path: Array(path.utf8), for: client, limit: 4, into: &selection)
            )
            return (0..<selection.count).map { selection.accessPoint(at: $0) }
        }
    }

    @Test func membersOfASetMeetOneMirror() throws {
        let snapshot = try Self.snapshot(sets: "dists/*")
        var firsts: Set<[Int]> = []
        var differ = 0
        for number in 0..<60 {
            let address = "192.0.\(number).1"
            let all = ["a", "b"].map { suite in
                mirrors(snapshot, Self.members.map { "dists/\(suite)/\($0)" }, address)
            }
            for orders in all { #expect(Set(orders).count == 1) }
            firsts.insert(all[0][0])
            if all[0][0][0] != all[1][0][0] { differ += 1 }
        }
        // Each mirror has its share, and two sets are independent.
        #expect(Set(firsts.map { $0[0] }).count == 4)
        #expect(differ > 20)
    }

    @Test func otherPathsAreSpreadByThemselves() throws {
        let pool = (0..<8).map { "pool/\($0)" }
        let members = Self.members.map { "dists/a/\($0)" }
        let (with, without) = (try Self.snapshot(sets: "dists/*"), try Self.snapshot(sets: ""))
        let address = "192.0.2.1"
        #expect(mirrors(with, pool, address) == mirrors(without, pool, address))
        #expect(Set(mirrors(with, pool, address)).count > 1)
        #expect(Set(mirrors(without, members, address)).count > 1)
    }
}
