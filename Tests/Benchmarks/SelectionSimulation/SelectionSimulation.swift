import Catalogs
import CheckStates
import Glibc
import MapBuilding
import MirrorListImport
import Mirrors
import Publishing
import Redirection
import RegionMapFormat

/// Sends clients of all countries to the mirrors of a real list, by our ranking and choice, by the rule of
/// mirrorbits, and in turns; prints distances and loads.
///
/// `selection-simulation LIST.xml [PICTURE.svg]`. Clients are placed by country in proportion to its
/// Internet users, mirrors by country too, because the list says no more; so a mirror in the client's
/// country is 0 km away. Every mirror holds every file, no time is measured. The maps and the choices
/// are made by the product's own code.
@main
struct SelectionSimulation {
    private static let clientCount = 200_000
    private static let pathCount = 16
    /// What mirrors with this rule may get of what a region redirects.
    private static let cappedSharePerMille = 20
    private static let cappedCount = 3

    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard let list = arguments.first else {
            print("usage: selection-simulation LIST.xml [PICTURE.svg]")
            exit(2)
        }
        let bytes = try MirrorListSource.bytes(ofFile: list, limit: 1 << 24)
        let listed = MirrorListUpdate(
            of: MirrorList(),
            with: try GentooMirrorList.mirrors(in: bytes)
        )
        let mirrors = listed.list.mirrors.filter(hasWeb)

        let plain = try World(mirrors: mirrors, pathCount: pathCount)
        let ours = simulate("ours", plain)
        let outcomes = [ours, simulateMirrorbits(plain), simulateTurns(plain)]
        print(
            "\(mirrors.count) mirrors, \(clientCount) clients of \(InternetUsers.millions.count) countries\n"
        )
        printTable(outcomes, mirrors)

        // The three that got most may get no more than a fiftieth of any region.
        let busiest = ours.loads.enumerated().sorted { $0.element > $1.element }
            .prefix(cappedCount).map { mirrors[$0.offset].id }
        var cap = MirrorRules()
        cap.maxSharePerMille = MirrorRule(cappedSharePerMille)
        let capped = try World(
            mirrors: mirrors.map { busiest.contains($0.id) ? $0.with(rules: cap) : $0 },
            pathCount: pathCount
        )
        print("\nwith a maxShare of 2 % for the three that got most\n")
        printTable([simulate("ours", capped)], mirrors)
        printCaps(capped, busiest)

        let weighted = try World(mirrors: weighted(mirrors), pathCount: pathCount)
        print("\nwith weights 100, 50 and 200 by turns in each country\n")
        printTable([simulate("ours", weighted), simulateMirrorbits(weighted)], weighted.mirrors)

        if let picture = arguments.dropFirst().first {
            try Picture(outcomes: outcomes).write(to: picture)
        }
    }

    private static func weighted(_ mirrors: [Mirror]) -> [Mirror] {
        var counts: [CountryCode: Int] = [:]
        return mirrors.map { mirror in
            defer { counts[mirror.country, default: 0] += 1 }
            return mirror.with(weight: [100, 50, 200][counts[mirror.country, default: 0] % 3])
        }
    }

    private static func hasWeb(_ mirror: Mirror) -> Bool {
        mirror.isEnabled
            && mirror.accessPoints.contains { $0.scheme == .https || $0.scheme == .http }
    }

    private static func simulate(_ name: String, _ world: World) -> Outcome {
        var outcome = Outcome(name, mirrorCount: world.mirrors.count)
        for client in Clients(count: clientCount, pathCount: pathCount) {
            guard let mirror = world.choice(of: client) else { continue }
            outcome.add(mirror: mirror, kilometres: world.kilometres(client.country, mirror))
        }
        return outcome
    }

    private static func simulateMirrorbits(_ world: World) -> Outcome {
        var outcome = Outcome("mirrorbits' rule", mirrorCount: world.mirrors.count)
        var chances: [CountryCode: [Double]] = [:]
        var random = Draws()
        for client in Clients(count: clientCount, pathCount: pathCount) {
            let country = client.country
            let known =
                chances[country]
                ?? MirrorbitsRule.chances(
                    world.mirrors.indices.map { index in
                        MirrorbitsRule.Mirror(
                            isInCountry: world.mirrors[index].country == country,
                            kilometres: world.kilometres(country, index),
                            score: world.mirrors[index].weight - Mirror.defaultWeight
                        )
                    }
                )
            chances[country] = known
            var draw = Double.random(in: 0..<1, using: &random)
            let mirror = known.firstIndex { chance in
                draw -= chance
                return draw < 0
            }
            guard let mirror else { continue }
            outcome.add(mirror: mirror, kilometres: world.kilometres(country, mirror))
        }
        return outcome
    }

    private static func simulateTurns(_ world: World) -> Outcome {
        var outcome = Outcome("in turns", mirrorCount: world.mirrors.count)
        for (number, client) in Clients(count: clientCount, pathCount: pathCount).enumerated() {
            let mirror = number % world.mirrors.count
            outcome.add(mirror: mirror, kilometres: world.kilometres(client.country, mirror))
        }
        return outcome
    }

    private static func printTable(_ outcomes: [Outcome], _ mirrors: [Mirror]) {
        let byCountry = Dictionary(grouping: mirrors.indices) { mirrors[$0].country }
        let weights = mirrors.map(\.weight)
        print(
            "| rule | mean km | p95 km | greatest load | among equals: greatest | deviation | by chance |"
        )
        print("|---|---|---|---|---|---|---|")
        for outcome in outcomes {
            let evenness = Evenness(
                of: outcome.loads,
                weights: weights,
                among: Array(byCountry.values)
            )
            let cells = [
                outcome.name, fixed(outcome.meanKilometres, digits: 0),
                fixed(outcome.kilometres(ofShare: 0.95), digits: 0),
                fixed(outcome.sharesPercent.first ?? 0, digits: 2) + " %",
                fixed(evenness.greatest, digits: 3),
                fixed(evenness.deviation * 100, digits: 2) + " %",
                fixed(evenness.chance * 100, digits: 2) + " %",
            ]
            print("| \(cells.joined(separator: " | ")) |")
        }
    }

    /// What the capped mirrors got of what each region redirected, at most.
    private static func printCaps(_ world: World, _ capped: [Mirror.ID]) {
        var total: [Region.ID: Int] = [:]
        var loads: [Region.ID: [Mirror.ID: Int]] = [:]
        for client in Clients(count: clientCount, pathCount: pathCount) {
            guard let region = world.region(of: client.country) else { continue }
            total[region, default: 0] += 1
            guard let mirror = world.choice(of: client) else { continue }
            loads[region, default: [:]][world.mirrors[mirror].id, default: 0] += 1
        }
        for id in capped {
            let shares = total.map { region, count in
                100 * Double(loads[region]?[id] ?? 0) / Double(count)
            }
            print(
                "\(id): at most \(fixed(shares.max() ?? 0, digits: 2)) % of a region, allowed 2 %"
            )
        }
    }

    private static func fixed(_ value: Double, digits: Int) -> String {
        let scale = (0..<digits).reduce(1) { scale, _ in scale * 10 }
        let scaled = Int((value * Double(scale)).rounded())
        guard digits > 0 else { return "\(scaled)" }
        let fraction = "\(scaled % scale)"
        return
            "\(scaled / scale).\(String(repeating: "0", count: digits - fraction.count))\(fraction)"
    }
}

/// SplitMix64 (Steele, Lea and Flood, 2014): the same draws every time.
private struct Draws: RandomNumberGenerator {
    private var state: UInt64 = 1

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
