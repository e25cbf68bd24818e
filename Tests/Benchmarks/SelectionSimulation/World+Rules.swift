import Mirrors
import TestSupport

// The three rules. Each sends the clients of a round, which are drawn again for every round.
extension World {
    static let clientCount = 200_000

    private func clients(ofRound round: Int) -> Clients {
        Clients(
            count: Self.clientCount,
            pathCount: pathCount,
            firstNetwork: round * Self.clientCount
        )
    }

    /// With our ranking and choice.
    func ours(round: Int = 0) -> Outcome {
        var outcome = Outcome("ours", mirrorCount: mirrors.count)
        for client in clients(ofRound: round) {
            guard let mirror = choice(of: client) else { continue }
            outcome.add(mirror: mirror, kilometres: kilometres(client.country, mirror))
        }
        return outcome
    }

    func mirrorbits(round: Int = 0) -> Outcome {
        var outcome = Outcome("mirrorbits' rule", mirrorCount: mirrors.count)
        var chances: [CountryCode: [Double]] = [:]
        var random = SeededGenerator(seed: UInt64(round + 1) << 32)
        for client in clients(ofRound: round) {
            let country = client.country
            let known = chances[country] ?? mirrorbitsChances(of: country)
            chances[country] = known
            var draw = Double.random(in: 0..<1, using: &random)
            let mirror = known.firstIndex { chance in
                draw -= chance
                return draw < 0
            }
            guard let mirror else { continue }
            outcome.add(mirror: mirror, kilometres: kilometres(country, mirror))
        }
        return outcome
    }

    private func mirrorbitsChances(of country: CountryCode) -> [Double] {
        MirrorbitsRule.chances(
            mirrors.indices.map { index in
                MirrorbitsRule.Mirror(
                    isInCountry: mirrors[index].country == country,
                    kilometres: kilometres(country, index),
                    score: mirrors[index].weight - Mirror.defaultWeight
                )
            }
        )
    }

    func inTurns() -> Outcome {
        var outcome = Outcome("in turns", mirrorCount: mirrors.count)
        for (number, client) in clients(ofRound: 0).enumerated() {
            let mirror = number % mirrors.count
            outcome.add(mirror: mirror, kilometres: kilometres(client.country, mirror))
        }
        return outcome
    }

    /// The largest share of any region's redirects that each of `ids` gets.
    func greatestRegionShares(of ids: [Mirror.ID]) -> [Double] {
        var total: [Region.ID: Int] = [:]
        var loads: [Region.ID: [Int]] = [:]
        for client in clients(ofRound: 0) {
            guard let region = region(of: client.country) else { continue }
            total[region, default: 0] += 1
            guard let mirror = choice(of: client) else { continue }
            loads[region, default: Array(repeating: 0, count: mirrors.count)][mirror] += 1
        }
        return ids.map { id in
            guard let index = mirrors.firstIndex(where: { $0.id == id }) else { return 0 }
            return total.map { region, count in
                Double(loads[region]?[index] ?? 0) / Double(count)
            }.max() ?? 0
        }
    }
}
