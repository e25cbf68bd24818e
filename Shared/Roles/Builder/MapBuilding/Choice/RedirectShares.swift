import Mirrors
import RegionMapFormat

/// Which mirrors a map sends clients to: those in a path's best group, by weight.
///
/// It uses the region's own order. Client properties (country, scheme, networks), health and
/// maximum shares are ignored.
struct RedirectShares {
    private let map: PublishedMap
    /// For each access point, the number of its mirror.
    private let mirrors: [Int]
    /// The shares of paths by the number of their set, up to a limit.
    private var known: [Int: [Share]] = [:]
    /// Most paths have one of a few sets, which come early.
    private static let knownLimit = 8_192

    /// A mirror's share of a path's redirects.
    struct Share: Equatable {
        let mirror: Int
        var part: Double
    }

    /// Takes the numbers of mirrors from `numbers`, and adds missing ones there.
    init(of map: PublishedMap, _ numbers: inout [Mirror.ID: Int]) {
        self.map = map
        var mirrors: [Int] = []
        for point in map.accessPoints {
            let number = numbers[point.mirrorID] ?? numbers.count
            numbers[point.mirrorID] = number
            mirrors.append(number)
        }
        self.mirrors = mirrors
    }

    /// The shares of the redirects for `path`, which sum to 1; empty if no mirror holds it, nil if
    /// the path is unknown.
    mutating func shares(of path: [UInt8]) throws(RegionMapError) -> [Share]? {
        let map = map
        let opened = try unsafe RegionMap(map.bytes.span.bytes, reopeningWith: map.header)
        guard var set = unsafe opened.replicas(of: path.span.bytes) else { return nil }
        let number = set.number
        if let shares = known[number] { return shares }
        let shares = shares(of: &set)
        if known.count < Self.knownLimit { known[number] = shares }
        return shares
    }

    private func shares(of set: inout ReplicaSet) -> [Share] {
        var shares: [Share] = []
        var rank: UInt16?
        while let index = set.next(), index < mirrors.count {
            let point = map.accessPoints[index]
            guard point.rank == rank ?? point.rank else { break }
            rank = point.rank
            // A mirror counts once, whatever the number of its schemes.
            guard !shares.contains(where: { $0.mirror == mirrors[index] }) else { continue }
            shares.append(Share(mirror: mirrors[index], part: Double(point.weight)))
        }
        let sum = shares.reduce(0) { $0 + $1.part }
        for index in shares.indices { shares[index].part /= sum }
        return shares
    }

    /// The fraction of redirects that move to another mirror if `new` shares replace `old` ones:
    /// hashing moves no more than necessary.
    static func moved(from old: [Share], to new: [Share]) -> Double {
        guard old != new else { return 0 }
        let kept = old.reduce(0.0) { sum, share in
            sum + min(share.part, new.first { $0.mirror == share.mirror }?.part ?? 0)
        }
        return max(0, 1 - kept)
    }
}
