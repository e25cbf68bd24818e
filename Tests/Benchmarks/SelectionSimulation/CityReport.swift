import Mirrors

/// The results of one rule in one round, for the clients in one area.
struct Figures {
    var meanKilometres = 0.0
    var farKilometres = 0.0
    var milliseconds = 0.0
    /// In percent.
    var nearestShare = 0.0
    var wrongContinentShare = 0.0
    var busiestShare = 0.0
    /// The maximum load relative to the share by weight, among mirrors at the same place.
    var unevenness = 0.0

    /// One of the figures, as a column.
    struct Column: Sendable {
        let name: String
        var unit = ""
        var digits = 0
        let value: @Sendable (Figures) -> Double
    }

    static let columns = [
        Column(name: "mean km") { $0.meanKilometres },
        Column(name: "p95 km") { $0.farKilometres },
        Column(name: "ms to the first byte", digits: 1) { $0.milliseconds },
        Column(name: "to a nearest one", unit: " %", digits: 1) { $0.nearestShare },
        Column(name: "other continent", unit: " %", digits: 2) { $0.wrongContinentShare },
        Column(name: "busiest mirror", unit: " %", digits: 2) { $0.busiestShare },
        Column(name: "busiest of one place", digits: 2) { $0.unevenness },
    ]
}

/// Runs rules over rounds and compares them.
struct CityReport {
    /// An area with the clients of some cities.
    struct Area {
        let name: String
        let holds: (City) -> Bool
    }

    let world: CityWorld
    private let areas: [Area]
    /// The figures by rule, area and round.
    private(set) var figures: [[[Figures]]]
    private(set) var ruleNames: [String] = []
    /// By rule, the kilometres of the clients in the first round, for the picture.
    private(set) var kilometres: [[Double]] = []
    /// By rule, the loads of all rounds.
    private(set) var loads: [[Int]] = []

    /// The distance beyond the nearest mirror up to which a mirror counts as near: the size of a
    /// city.
    private static let nearKilometres = 50.0
    private static let countryCount = 12

    init(_ world: CityWorld, outages: Double, withAreas: Bool) throws {
        self.world = world
        areas = withAreas ? Self.areas(of: world) : [Area(name: "world") { _ in true }]
        figures = []
        let placeGroups = Dictionary(grouping: world.mirrors.indices) { world.sites[$0] }.values
            .filter { $0.count > 1 }
        for number in 0..<Interval.count {
            let round = world.round(number, outages: outages)
            let nearest = world.nearest(round)
            for (rule, entry) in try Self.choices(world, round, nearest: nearest).enumerated() {
                if number == 0 {
                    ruleNames.append(entry.name)
                    figures.append(Array(repeating: [], count: areas.count))
                    kilometres.append([])
                    loads.append(Array(repeating: 0, count: world.mirrors.count))
                }
                for (area, description) in areas.enumerated() {
                    figures[rule][area].append(
                        measure(
                            entry.mirrors,
                            nearest,
                            round,
                            in: description,
                            placeGroups.map { $0.filter { !round.isDown[$0] } }
                        )
                    )
                }
                for (client, mirror) in zip(round.clients, entry.mirrors) where mirror >= 0 {
                    loads[rule][mirror] += 1
                    if number == 0 {
                        kilometres[rule].append(world.kilometres(client.city, mirror))
                    }
                }
            }
        }
    }

    /// The mirrors to which each rule sends the clients of a round.
    private static func choices(
        _ world: CityWorld,
        _ round: CityWorld.Round,
        nearest: [Int]
    ) throws -> [(name: String, mirrors: [Int])] {
        var choices = [
            (name: "ours", mirrors: try world.ours(round, knowing: .places)),
            (
                name: "ours, clients by place",
                mirrors: try world.ours(round, knowing: .clientPlaces)
            ),
            (
                name: "ours, all by country",
                mirrors: try world.ours(round, knowing: .countries)
            ),
            (
                name: "ours, mirrors by place",
                mirrors: try world.ours(round, knowing: .mirrorPlaces)
            ),
        ]
        choices += PeerRule.allCases.map { ($0.name, world.peer($0, round)) }
        return choices + [("nearest", nearest)]
    }

    /// The world, its continents, and the countries with the most clients.
    private static func areas(of world: CityWorld) -> [Area] {
        var users: [CountryCode: Double] = [:]
        for city in world.cities { users[city.country, default: 0] += city.users }
        let countries = users.sorted { $0.value > $1.value }.prefix(countryCount).map(\.key)
        return [Area(name: "world") { _ in true }]
            + Regions.continents.all.map { region in
                Area(name: region.name) { Countries.region(of: $0.country) == region.id }
            }
            + countries.map { country in Area(name: country.letters) { $0.country == country } }
    }

    private func measure(
        _ choices: [Int],
        _ nearest: [Int],
        _ round: CityWorld.Round,
        in area: Area,
        _ placeGroups: [[Int]]
    ) -> Figures {
        let isIn = world.cities.map(area.holds)
        var kilometres: [Double] = []
        var loads = [Int](repeating: 0, count: world.mirrors.count)
        var (near, elsewhere, count) = (0, 0, 0)
        for (index, client) in round.clients.enumerated() where isIn[client.city] {
            count += 1
            let (mirror, best) = (choices[index], nearest[index])
            guard mirror >= 0, best >= 0 else { continue }
            let distance = world.kilometres(client.city, mirror)
            kilometres.append(distance)
            loads[mirror] += 1
            if distance <= world.kilometres(client.city, best) + Self.nearKilometres { near += 1 }
            if distance > world.kilometres(client.city, best),
                world.continent(ofSiteFor: client.city, of: mirror)
                    != world.continent(ofSiteFor: client.city, of: best)
            {
                elsewhere += 1
            }
        }
        guard count > 0, !kilometres.isEmpty else { return Figures() }
        kilometres.sort()
        let mean = kilometres.reduce(0, +) / Double(kilometres.count)
        let percent = 100 / Double(count)
        return Figures(
            meanKilometres: mean,
            farKilometres: kilometres[min(kilometres.count - 1, kilometres.count * 95 / 100)],
            milliseconds: 20 + mean * Self.millisecondsPerKilometre,
            nearestShare: Double(near) * percent,
            wrongContinentShare: Double(elsewhere) * percent,
            busiestShare: Double(loads.max() ?? 0) * percent,
            unevenness: Evenness(
                of: loads,
                weights: world.mirrors.map(\.weight),
                among: placeGroups
            ).greatest
        )
    }

    /// Two round trips at 4/9 of the speed of light: 95 % of the routes measured by Katz-Bassett
    /// and others, "Towards IP geolocation using delay and topology measurements" (IMC 2006), do
    /// not exceed this.
    private static let millisecondsPerKilometre = 4 / (299.792 * 4 / 9)

    // MARK: - Tables

    private func cell(_ values: [Figures], _ figure: Int) -> String {
        let column = Figures.columns[figure]
        let interval = Interval(of: values.map(column.value))
        return SelectionSimulation.fixed(interval, digits: column.digits) + column.unit
    }

    /// Prints all figures of the world.
    func printWorld() {
        let names = Figures.columns.map(\.name)
        print("| rule | \(names.joined(separator: " | ")) |")
        print("|---|\(names.map { _ in "---|" }.joined())")
        for (rule, name) in ruleNames.enumerated() {
            let cells = Figures.columns.indices.map { cell(figures[rule][0], $0) }
            print("| \(name) | \(cells.joined(separator: " | ")) |")
        }
    }

    /// Prints one figure for every area and every rule.
    func printAreas(_ figure: Int) {
        print("\n\(Figures.columns[figure].name)\n")
        print("| area | \(ruleNames.joined(separator: " | ")) |")
        print("|---|\(ruleNames.map { _ in "---|" }.joined())")
        for (area, description) in areas.enumerated() {
            let cells = ruleNames.indices.map { cell(figures[$0][area], figure) }
            print("| \(description.name) | \(cells.joined(separator: " | ")) |")
        }
    }

    /// Prints our mean distance relative to another rule's, round by round, in every area.
    func printRatios(of rule: Int, to others: [Int]) {
        print("\nmean distance of \"\(ruleNames[rule])\" over that of others\n")
        print("| area | \(others.map { ruleNames[$0] }.joined(separator: " | ")) |")
        print("|---|\(others.map { _ in "---|" }.joined())")
        for (area, description) in areas.enumerated() {
            let cells = others.map { other in
                let ratios = zip(figures[rule][area], figures[other][area]).map { ours, theirs in
                    ours.meanKilometres / max(1, theirs.meanKilometres)
                }
                return SelectionSimulation.fixed(Interval(of: ratios), digits: 3)
            }
            print("| \(description.name) | \(cells.joined(separator: " | ")) |")
        }
    }
}
