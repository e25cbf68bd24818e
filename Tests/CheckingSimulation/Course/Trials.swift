package import Mirrors

/// Worlds that are designed to measure one thing.
package enum Trials {
    /// A fault that is tried on many mirrors.
    package struct Fault: Sendable {
        package let kind: CheckingSimulation.Fault.Kind
        package let seconds: Int
        package let quirks: Set<FaultMix.Quirk>

        init(
            _ effect: CheckingSimulation.Fault.Kind.Effect,
            _ extent: CheckingSimulation.Fault.Kind.Extent,
            _ name: String,
            seconds: Int = 7 * SimulatedTime.day,
            quirks: Set<FaultMix.Quirk> = []
        ) {
            kind = .init(effect, extent, name: name)
            self.seconds = seconds
            self.quirks = quirks
        }
    }

    /// The faults of the limits that are over within hours.
    package static let quickFaults: [Fault] = [
        Fault(.lost, .folderShare(0.03), "3 % of the folders lost"),
        Fault(.refused(403), .folderShare(0.03), "3 % of the folders refused (403)"),
        Fault(.refused(500), .folderShare(0.03), "3 % of the folders refused (500)"),
        Fault(.lost, .folders(1), "one folder lost"),
        Fault(.refused(403), .folders(1), "one folder refused (403)"),
        Fault(.refused(500), .folders(1), "one folder refused (500)"),
        Fault(.lost, .fileShare(0.05), "5 % of the files lost, scattered"),
        Fault(
            .oldTree(seconds: 14 * SimulatedTime.day, outageSeconds: 7200),
            .everything,
            "old tree after an outage"
        ),
        Fault(.lost, .folders(1), "one folder away for an hour", seconds: SimulatedTime.hour),
        Fault(.lost, .everything, "everything away for an hour", seconds: SimulatedTime.hour),
    ]

    /// The faults of the limits that take days.
    package static let slowFaults: [Fault] = [
        Fault(.lost, .files(1), "one file lost, listed", seconds: 90 * SimulatedTime.day),
        Fault(
            .lost,
            .files(1),
            "one file lost, no listing",
            seconds: 90 * SimulatedTime.day,
            quirks: [.noListing]
        ),
        Fault(
            .refused(403),
            .files(1),
            "one file refused, listed",
            seconds: 90 * SimulatedTime.day
        ),
        Fault(
            .refused(403),
            .files(1),
            "one file refused, no listing",
            seconds: 90 * SimulatedTime.day,
            quirks: [.noListing]
        ),
    ]

    /// Perfect mirrors, a number for each of `faults`; each has its fault once, at some moment of
    /// the third day.
    package static func trial(
        of faults: [Fault],
        mirrorsEach: Int,
        days: Int,
        seed: UInt64
    ) -> SimulationSettings {
        var mix = FaultMix()
        mix.days = days
        let count = faults.count * mirrorsEach
        var settings = SimulationSettings(
            seed: seed,
            days: days,
            mirrors: SimulationSettings.madeMirrors(count),
            mix: mix
        )
        var chance = Chance(seed: seed, "trial")
        settings.assignments = (0..<count).map { number in
            let fault = faults[number % faults.count]
            let start = World.moment(
                2 * SimulatedTime.day + chance.uniform(in: 0..<SimulatedTime.day)
            )
            return MirrorAssignment(
                shape: .complete,
                quirks: fault.quirks,
                faults: [
                    CheckingSimulation.Fault(
                        fault.kind,
                        start: start,
                        end: start + fault.seconds,
                        seed: UInt64(chance.uniform(in: 0..<Int.max))
                    )
                ]
            )
        }
        return settings
    }

    /// One host of each kind and Gentoo's whole tree.
    package static let loadKinds:
        [(name: String, shape: FaultMix.Shape, quirks: Set<FaultMix.Quirk>)] = [
            ("perfect, with listings", .complete, []),
            ("perfect, without listings", .complete, [.noListing]),
            ("empty", .empty, []),
            ("empty, without listings", .empty, [.noListing]),
            ("distfiles only", .distfilesOnly, []),
            ("distfiles only, without listings", .distfilesOnly, [.noListing]),
            ("no symlinks", .noSymlinks, []),
            ("no symlinks, without listings", .noSymlinks, [.noListing]),
            ("lacks 2 % by chance", .lacksSome(0.02), []),
            ("two backends that differ in 4 %", .complete, [.backends(0.04)]),
            ("403 instead of 404, lacks 2 %", .lacksSome(0.02), [.forbiddenNotFound, .noListing]),
            ("soft 404, lacks 2 %", .lacksSome(0.02), [.softNotFound, .noListing]),
        ]

    /// The world with only one of ``loadKinds``, by its place; nil for all.
    package static func load(seed: UInt64, days: Int, only: Int? = nil) -> SimulationSettings {
        let loadKinds = only.map { [Self.loadKinds[$0 % Self.loadKinds.count]] } ?? Self.loadKinds
        var mix = FaultMix()
        mix.days = days
        var settings = SimulationSettings(
            seed: seed,
            days: days,
            mirrors: SimulationSettings.madeMirrors(loadKinds.count),
            mix: mix
        )
        settings.pathCount = Master.fullPathCount
        settings.warmUpSeconds = 0
        settings.assignments = loadKinds.map { kind in
            MirrorAssignment(shape: kind.shape, quirks: kind.quirks)
        }
        return settings
    }

    /// Mirrors with two servers that differ in 4 % of the files; half of the mirrors have no
    /// listings.
    package static func backends(seed: UInt64, days: Int) -> SimulationSettings {
        let count = 20
        var mix = FaultMix()
        mix.days = days
        var settings = SimulationSettings(
            seed: seed,
            days: days,
            mirrors: SimulationSettings.madeMirrors(count),
            mix: mix
        )
        settings.assignments = (0..<count).map { number in
            let quirks: Set<FaultMix.Quirk> =
                number % 2 == 0 ? [.backends(0.04)] : [.backends(0.04), .noListing]
            return MirrorAssignment(shape: .complete, quirks: quirks)
        }
        return settings
    }

    /// Mirrors that have new files within the minute, so that the rest of the delay is our own.
    package static func news(seed: UInt64, days: Int) -> SimulationSettings {
        var mix = FaultMix()
        mix.days = days
        mix.syncHours = [FaultMix.Choice(share: 1, value: 1.0 / 60)]
        mix.syncMinutesMedian = 0.01
        mix.syncMinutesP95 = 0.02
        return SimulationSettings(
            seed: seed,
            days: days,
            mirrors: SimulationSettings.madeMirrors(20),
            mix: mix
        )
    }

    /// The first pass over a real list: each question takes as long as all those it stands for.
    package static func firstPass(seed: UInt64, mirrors: [Mirror]) throws -> SimulationSettings {
        var mix = try FaultMix.standard()
        mix.events = []
        mix.ours = []
        mix.days = 1
        var settings = SimulationSettings(seed: seed, days: 1, mirrors: mirrors, mix: mix)
        settings.seconds = 6 * SimulatedTime.hour
        settings.warmUpSeconds = 0
        settings.questionWeight = Double(Master.fullPathCount) / Double(settings.pathCount)
        settings.watchesFirstPass = true
        return settings
    }
}
