import Catalogs
import Mirrors
import Time

/// The number of mirrors that hold each file.
package struct Coverage: Sendable {
    /// The files that at least one, two, and three mirrors hold.
    private var atLeast: [FileBits]

    package init(count: Int) {
        atLeast = Array(repeating: FileBits(count: count), count: 3)
    }

    /// Adds a mirror; a file that three hold is not counted further.
    package mutating func add(_ held: FileBits) {
        for word in held.words.indices {
            let bits = held.words[word]
            atLeast[2].words[word] |= atLeast[1].words[word] & bits
            atLeast[1].words[word] |= atLeast[0].words[word] & bits
            atLeast[0].words[word] |= bits
        }
    }

    /// How many of `live` are held by 0, 1, 2, and by at least 3 mirrors.
    package func counts(of live: FileBits) -> [Int] {
        let counts = atLeast.map { $0.overlap(live) }
        return [live.count - counts[0], counts[0] - counts[1], counts[1] - counts[2], counts[2]]
    }

    /// The number of mirrors that hold the file: 0 to 3, where 3 means at least that many.
    package func holders(of number: Int) -> Int {
        atLeast.reduce(0) { $0 + ($1.contains(number) ? 1 : 0) }
    }

    /// The files of `live` with the fewest holders, at most `limit`.
    package func rarest(of live: FileBits, limit: Int) -> [(number: Int, holders: Int)] {
        var found: [(number: Int, holders: Int)] = []
        for holders in 0..<3 where found.count < limit {
            var rest = live
            rest.subtract(atLeast[holders])
            if holders > 0 { rest.formIntersection(atLeast[holders - 1]) }
            rest.forEach { number in
                if found.count < limit { found.append((number, holders)) }
            }
        }
        return found
    }

    /// Records for each region of `facts` how many paths are held by how many of its mirrors.
    static func note(_ facts: inout DeploymentFacts) {
        guard let tree = facts.tree else { return }
        for index in facts.regions.indices {
            var coverage = Coverage(count: tree.catalog.count)
            for mirror in facts.mirrors {
                guard let held = facts.held[mirror.id],
                    mirror.ranks.contains(where: {
                        $0.region == facts.regions[index].id && $0.rank != nil
                    })
                else { continue }
                coverage.add(held)
            }
            facts.regions[index].pathsByHolders = coverage.counts(of: tree.live)
        }
    }

    /// Counts all mirrors that are in any map.
    package static func overall(_ facts: DeploymentFacts) -> Coverage? {
        guard let tree = facts.tree else { return nil }
        var coverage = Coverage(count: tree.catalog.count)
        for mirror in facts.mirrors where mirror.ranks.contains(where: { $0.rank != nil }) {
            if let held = facts.held[mirror.id] { coverage.add(held) }
        }
        return coverage
    }
}
