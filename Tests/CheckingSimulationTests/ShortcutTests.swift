import Bytes
import Catalogs
import CheckStates
import HealthFormat
import MapBuilding
import Mirrors
import Redirection
import RegionMapFormat
import SimulatedClients
import Testing

@testable import CheckingSimulation

/// The simulation's maps and shares compared with the Builder's bytes and the Redirector's draws.
struct ShortcutTests {
    private static let seed: UInt64 = 20_261_130

    /// A day of mirrors with everything in a mix, and the simulation's state at the end.
    private static func simulation() throws -> Simulation {
        var mix = try FaultMix.standard()
        // As many events in a day as in a month.
        for index in mix.events.indices { mix.events[index].rate *= 30 }
        mix.ours = []
        var settings = SimulationSettings(
            seed: seed,
            days: 1,
            mirrors: Array(try SimulationSettings.gentooMirrors().prefix(24)),
            mix: mix
        )
        settings.seconds = 6 * SimulatedTime.hour
        settings.warmUpSeconds = SimulatedTime.hour
        settings.pathCount = 150
        let simulation = Simulation(settings)
        _ = simulation.run()
        return simulation
    }

    @Test func sharesAreThoseOfRealMapsAndDraws() throws {
        let simulation = try Self.simulation()
        let board = simulation.board
        let catalog = simulation.catalogs.catalog
        var holders = HolderTable(catalog, isMutable: FileClasses.standard.isMutable)
        var rows: [AccessPoint.ID: HolderTable.Row] = [:]
        let now = SimulatedTime.timestamp(simulation.settings.seconds)
        for point in board.clients.points {
            guard let current = simulation.store.snapshot().states[point.id],
                current.state.count > 0
            else { continue }
            rows[point.id] = holders.add(
                current.state,
                now: now,
                maximumAge: MapPublication.Settings().maximumAge
            )
        }
        // The current order, not that of the latest renewal.
        let builds = simulation.orders(of: rows)
        board.rank { $0.rank(builds) }
        let down = board.clients.points.indices.filter { !board.usable.contains($0) }
        var health = Health()
        health.probedAt = now
        for number in down {
            health.statuses[board.clients.points[number].id] = Health.Status(
                outage: .other,
                since: now,
                checkedAt: now
            )
        }
        let report = CurrentHealth(
            try HealthReport(health),
            seenAt: now,
            at: now,
            maximumAge: 900
        )
        var comparedCount = 0
        for build in builds {
            let snapshot = try Snapshot(
                map: StableBytes(
                    copying: try build.map(of: catalog, holders: holders, builtAt: now)
                ),
                verifying: true,
                health: report
            )
            for client in Self.clients(of: build.region) {
                for file in catalog.ids.filter(catalog.isLive).shuffled(by: Self.seed).prefix(20)
                where !catalog.leadsToDirectory(file) {
                    try Self.compare(snapshot, board, client, file, catalog)
                    comparedCount += 1
                }
            }
        }
        #expect(comparedCount > 1000)
    }

    private static func clients(of region: Region) -> [(country: CountryCode, isHTTPS: Bool)] {
        InternetUsers.millions.map(\.country).filter(region.countries.contains).prefix(6)
            .flatMap { [(country: $0, isHTTPS: true), (country: $0, isHTTPS: false)] }
    }

    /// Draws for clients of many networks, and compares the draws with the shares.
    private static func compare(
        _ snapshot: Snapshot,
        _ board: OfferBoard,
        _ client: (country: CountryCode, isHTTPS: Bool),
        _ file: FileID,
        _ catalog: Catalog
    ) throws {
        let number = Int(file.rawValue)
        var expected: [AccessPoint.ID: Double] = [:]
        board.clients.forEachShare(
            of: board.holders(of: number),
            usable: board.usable(for: number),
            country: client.country,
            isHTTPS: client.isHTTPS
        ) { point, share in
            expected[board.clients.points[point].id, default: 0] += share
        }
        let table = snapshot.table
        var selection = Selection()
        var drawn: [AccessPoint.ID: Int] = [:]
        let drawCount = 400
        for network in 0..<drawCount {
            let isKnown = snapshot.select(
                path: catalog.path(of: file).bytes,
                for: Client(
                    address: IPAddress(v4: UInt32(network + 1) << 12),
                    country: CountryLetters(client.country),
                    isHTTPS: client.isHTTPS
                ),
                limit: 1,
                into: &selection
            )
            try #require(isKnown)
            guard !selection.isEmpty else { continue }
            var bytes: [UInt8] = []
            let id = table.id(of: table.entries[selection.accessPoint(at: 0)])
            for index in id.indices { bytes.append(id[index]) }
            drawn[String(decoding: bytes, as: UTF8.self), default: 0] += 1
        }
        let path = catalog.path(of: file)
        #expect(
            Set(drawn.keys).isSubset(of: expected.keys),
            "\(path) for \(client.country): \(drawn) where \(expected) is expected"
        )
        for (id, share) in expected {
            // Five standard deviations of a binomial distribution.
            let deviation = (share * (1 - share) * Double(drawCount)).squareRoot()
            let difference = Double(drawn[id] ?? 0) - share * Double(drawCount)
            #expect(
                abs(difference) <= 5 * deviation + 1e-9,
                "\(path), \(client.country): \(id) \(drawn[id] ?? 0) of \(drawCount), not \(share)"
            )
        }
    }

    @Test func rowsAreThoseOfAFreshTable() throws {
        let simulation = try Self.simulation()
        let board = simulation.board
        var holders = HolderTable(
            simulation.catalogs.catalog,
            isMutable: FileClasses.standard.isMutable
        )
        var heldCount = 0
        for (number, point) in board.clients.points.enumerated() {
            guard let current = simulation.store.snapshot().states[point.id],
                current.state.count > 0
            else { continue }
            let row = holders.add(
                current.state,
                now: SimulatedTime.timestamp(simulation.settings.seconds),
                maximumAge: MapPublication.Settings().maximumAge
            )
            heldCount += row.heldCount
            let words = holders.words(ofRow: row.index)
            #expect(Array(board.rows[number].prefix(words.count)) == words, "\(point.id)")
        }
        #expect(heldCount > 1000)
    }
}

extension Sequence {
    /// The elements in a random order that is the same for the same seed.
    func shuffled(by seed: UInt64) -> [Element] {
        var generator = SeededRandom(Int(seed))
        return shuffled(using: &generator)
    }
}
