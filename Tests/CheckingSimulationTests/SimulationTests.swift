import Testing

@testable import CheckingSimulation

struct SimulationTests {
    private static func settings(seed: UInt64) throws -> SimulationSettings {
        var settings = SimulationSettings(
            seed: seed,
            days: 1,
            mirrors: SimulationSettings.madeMirrors(6),
            mix: try FaultMix.standard()
        )
        settings.pathCount = 120
        settings.seconds = 6 * SimulatedTime.hour
        settings.warmUpSeconds = SimulatedTime.hour
        return settings
    }

    @Test func oneSeedIsOneCourse() throws {
        let outcomes = try (0..<2).map { _ in Simulation(try Self.settings(seed: 7)).run() }
        #expect(outcomes[0].ledger.failed == outcomes[1].ledger.failed)
        #expect(outcomes[0].ledger.fileSeconds == outcomes[1].ledger.fileSeconds)
        #expect(outcomes[0].arrivals.each == outcomes[1].arrivals.each)
        for (first, second) in zip(outcomes[0].hosts, outcomes[1].hosts) {
            #expect(first.requests == second.requests)
        }
    }

    @Test func whatAMirrorLosesIsCountedForAsLongAsItIsOffered() throws {
        // No checks run for a week, so the integral is that of the fault itself.
        var settings = try Self.settings(seed: 3)
        settings.mix = FaultMix()
        settings.mix.master.newFiles = 0
        settings.mix.master.removedFiles = 0
        settings.mix.master.mutableChanges = 0
        settings.mix.master.sameLengthReplacements = 0
        settings.mirrors = SimulationSettings.madeMirrors(1)
        let kind = Fault.Kind(.refused(500), .fileShare(0.25), name: "some refused")
        settings.assignments = [
            MirrorAssignment(
                shape: .complete,
                quirks: [],
                faults: [Fault(kind, start: 7230, end: 7230 + 3600, seed: 5)]
            )
        ]
        let simulation = Simulation(settings)
        let outcome = simulation.run()
        let number = try #require(outcome.kinds.firstIndex(of: kind))
        let table = simulation.world.master.table
        let files = (0..<table.count).filter { !table.leadsToFolder($0) }
        let hit = files.filter { Chance.share(5, table.targets[$0]) < 0.25 }
        let expected = Double(hit.count) / Double(files.count) * 3600
        let failed = outcome.ledger.failed[.fault(number)] ?? 0
        #expect(!hit.isEmpty)
        #expect(failed > 0 && failed <= expected * 1.000001)
    }

    @Test func theMixIsReadWhole() throws {
        let mix = try FaultMix.standard()
        #expect(mix.events.count == 14)
        #expect(mix.quirks.count == 8)
        #expect(mix.shapes.count == 5)
        #expect(mix.ours.count == 3)
        #expect(mix.syncHours.count == 6)
    }
}
