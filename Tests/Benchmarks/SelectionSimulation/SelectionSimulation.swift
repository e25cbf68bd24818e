import Catalogs
import CheckStates
import Glibc
import MapBuilding
import MirrorListImport
import Mirrors
import Publishing
import Redirection
import RegionMapFormat
import SimulatedClients

/// Sends clients in all countries to the mirrors of a real list, with our ranking and choice, with
/// mirrorbits' rule, and in turn; prints distances and loads.
///
/// `selection-simulation LIST.xml [PICTURE.svg]`, and `selection-simulation LIST.xml PICTURE.svg
/// CITIES.tsv PLACES.tsv` for clients in cities and mirrors at their places (``CityReport``). The
/// first form is coarser: clients are placed by country in proportion to its Internet users, and
/// mirrors by country, too, because the list says no more; so a mirror in the client's country is 0
/// km away. Every mirror holds every file, and there are no measured times. The maps and the
/// choices are made by the product's own code.
@main
struct SelectionSimulation {
    private static let pathCount = 16
    /// The maximum share of a region's redirects that mirrors with this rule may get.
    private static let cappedSharePerMille = 20
    private static let cappedCount = 3

    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard let list = arguments.first else {
            print("usage: selection-simulation LIST.xml [PICTURE.svg [CITIES.tsv PLACES.tsv]]")
            exit(2)
        }
        let bytes = try MirrorListSource.bytes(ofFile: list, limit: 1 << 24)
        let listed = MirrorListUpdate(
            of: MirrorList(),
            with: try GentooMirrorList.mirrors(in: bytes)
        )
        let mirrors = listed.list.mirrors.filter(hasWeb)

        if arguments.count == 4 {
            let files = Array(arguments)
            return try compareByPlaces(mirrors, cities: files[2], places: files[3], files[1])
        }

        let plain = try World(mirrors: mirrors, pathCount: pathCount)
        let ours = plain.ours()
        let outcomes = [ours, plain.mirrorbits(), plain.inTurns()]
        print(
            "\(mirrors.count) mirrors, \(World.clientCount) clients of "
                + "\(InternetUsers.millions.count) countries\n"
        )
        printTable(outcomes, plain)
        compareEvenness(plain)

        // The three busiest ones may get no more than a fiftieth of any region.
        let busiest = ours.loads.enumerated().sorted { $0.element > $1.element }
            .prefix(cappedCount).map { mirrors[$0.offset].id }
        var cap = MirrorRules()
        cap.maxSharePerMille = MirrorRule(cappedSharePerMille)
        let capped = try World(
            mirrors: mirrors.map { busiest.contains($0.id) ? $0.with(rules: cap) : $0 },
            pathCount: pathCount
        )
        print("\nwith a maxShare of 2 % for the three that got most\n")
        printTable([capped.ours()], capped)
        for (id, share) in zip(busiest, capped.greatestRegionShares(of: busiest)) {
            print("\(id): at most \(fixed(share * 100, digits: 2)) % of a region, allowed 2 %")
        }

        let weighted = try World(mirrors: weighted(mirrors), pathCount: pathCount)
        print("\nwith weights 100, 50 and 200 by turns in each country\n")
        printTable([weighted.ours(), weighted.mirrorbits()], weighted)
        compareEvenness(weighted)

        if let picture = arguments.dropFirst().first {
            try Picture(outcomes: outcomes).write(to: picture)
        }
    }

    /// Clients in cities and mirrors at their places: every rule, with all mirrors up and with some
    /// down.
    private static func compareByPlaces(
        _ mirrors: [Mirror],
        cities: String,
        places: String,
        _ picture: String
    ) throws {
        let world = try CityWorld(
            mirrors: mirrors,
            places: MirrorPlaces.bySite(inFile: places),
            cities: City.all(inFile: cities)
        )
        print(
            "\(mirrors.count) mirrors, \(Interval.count) rounds of \(CityWorld.clientCount) "
                + "clients of \(world.cities.count) cities; means of the "
                + "rounds with 95 % confidence"
        )
        print("\nall mirrors are up\n")
        let report = try CityReport(world, outages: 0, withAreas: true)
        report.printWorld()
        report.printAreas(0)
        report.printAreas(1)
        report.printRatios(of: 0, to: Array(1..<report.ruleNames.count))
        for outages in [0.05, 0.2] {
            print("\neach mirror is down in \(Int(outages * 100)) % of the rounds\n")
            try CityReport(world, outages: outages, withAreas: false).printWorld()
        }
        try Picture(report).write(to: picture)
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

    private static func printTable(_ outcomes: [Outcome], _ world: World) {
        print(
            "| rule | mean km | p95 km | greatest load | among equals: "
                + "greatest | deviation | by chance |"
        )
        print("|---|---|---|---|---|---|---|")
        for outcome in outcomes {
            let evenness = evenness(outcome, world)
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

    /// The load of the busiest among equals in rounds with different clients, and whether the rules
    /// differ in it.
    private static func compareEvenness(_ world: World) {
        let rounds = (0..<Interval.count).map { round in
            (
                evenness(world.ours(round: round), world),
                evenness(world.mirrorbits(round: round), world)
            )
        }
        print(
            "\nof \(rounds.count) rounds of \(World.clientCount) other "
                + "clients, with 95 % confidence\n"
        )
        print("| among equals | greatest | deviation | over that by chance |")
        print("|---|---|---|---|")
        for (name, rule) in [("ours", rounds.map(\.0)), ("mirrorbits' rule", rounds.map(\.1))] {
            let cells = [
                name, fixed(Interval(of: rule.map(\.greatest)), digits: 4),
                fixed(Interval(of: rule.map { 100 * $0.deviation }), digits: 3) + " %",
                fixed(Interval(of: rule.map { $0.deviation / $0.chance }), digits: 3),
            ]
            print("| \(cells.joined(separator: " | ")) |")
        }
        let difference = Interval(of: rounds.map { $0.0.greatest - $0.1.greatest })
        print(
            "\nours less mirrorbits': \(fixed(difference, digits: 4)), "
                + (difference.holdsZero
                    ? "so no difference is seen"
                    : difference.mean < 0 ? "so ours is flatter" : "so mirrorbits' is flatter")
        )
    }

    private static func evenness(_ outcome: Outcome, _ world: World) -> Evenness {
        let byCountry = Dictionary(grouping: world.mirrors.indices) { world.mirrors[$0].country }
        return Evenness(
            of: outcome.loads,
            weights: world.mirrors.map(\.weight),
            among: Array(byCountry.values)
        )
    }

    static func fixed(_ interval: Interval, digits: Int) -> String {
        "\(fixed(interval.mean, digits: digits)) ± \(fixed(interval.halfWidth, digits: digits))"
    }

    static func fixed(_ value: Double, digits: Int) -> String {
        if value < 0 { return "-" + fixed(-value, digits: digits) }
        let scale = (0..<digits).reduce(1) { scale, _ in scale * 10 }
        let scaled = Int((value * Double(scale)).rounded())
        guard digits > 0 else { return "\(scaled)" }
        let fraction = "\(scaled % scale)"
        return
            "\(scaled / scale).\(String(repeating: "0", count: digits - fraction.count))\(fraction)"
    }
}
