import CheckPlanning
import Mirrors

/// Small worlds in which everything happens at random, and the rules that hold in all of them.
///
/// A world has some days of troubles, followed by peace. One number determines all of it, so the
/// seed that broke a rule reproduces the failure.
package enum Swarm {
    /// The outcome of a seed.
    package struct Result: Sendable {
        package let seed: UInt64
        /// The rules that were broken, in words; empty if there are none.
        package var broken: [String] = []
        /// A readable account of what happened.
        package var story: [String] = []
    }

    private static let troubledSeconds = 2 * SimulatedTime.day
    /// Enough for a week without contradictions, which ends the effects of servers that differed.
    private static let peacefulSeconds = 9 * SimulatedTime.day
    /// All files of a tree of some hundreds are asked for within two and a half hours; twins ask
    /// for half of them each.
    private static let noticeSeconds = 6 * SimulatedTime.hour

    private static let effects: [(Fault.Kind.Effect, String)] = [
        (.lost, "lost"), (.lost, "lost"), (.refused(403), "refused (403)"),
        (.refused(500), "refused (500)"), (.refused(416), "refused (416)"),
        (.truncated, "truncated"),
    ]

    private static let wholeEffects: [(Fault.Kind.Effect, String)] = [
        (.down, "down"), (.down, "down"), (.refused(403), "refused"), (.refused(503), "busy"),
        (.portal, "a portal"), (.certificate, "a certificate that has expired"),
        (.oldTree(seconds: 3 * SimulatedTime.day, outageSeconds: 0), "an older tree"),
        (.oldTree(seconds: SimulatedTime.day, outageSeconds: 5400), "away, and older after it"),
        (.lost, "lost"),
    ]

    private static let quirks: [FaultMix.Quirk] = [
        .noListing, .noListing, .backends(0.04), .backends(0.3), .softNotFound, .forbiddenNotFound,
        .rateLimit(20), .slow(2),
    ]

    /// The world of a seed.
    package static func settings(seed: UInt64) -> SimulationSettings {
        var chance = Chance(seed: seed, "swarm")
        var mix = FaultMix()
        mix.days = 1
        mix.master.newFiles = chance.happens(0.3) ? 0 : 4_000 * chance.uniform()
        mix.master.removedFiles = mix.master.newFiles * chance.uniform()
        mix.master.mutableChanges = 200 * chance.uniform()
        mix.master.bursts = Double(chance.uniform(in: 1..<20))
        mix.deletion = [
            .init(share: 0.4, value: .before), .init(share: 0.4, value: .after),
            .init(share: 0.2, value: .daysLater),
        ]
        mix.syncHours = [
            .init(share: 0.3, value: 0.5), .init(share: 0.4, value: 4),
            .init(share: 0.3, value: 12),
        ]
        var settings = SimulationSettings(
            seed: seed,
            days: (troubledSeconds + peacefulSeconds) / SimulatedTime.day,
            mirrors: SimulationSettings.madeMirrors(chance.uniform(in: 1..<6)),
            mix: mix
        )
        settings.pathCount = chance.uniform(in: 60..<400)
        settings.warmUpSeconds = 6 * SimulatedTime.hour
        settings.partCount = chance.uniform(in: 1..<4)
        settings.isPipelining = chance.happens(0.8)
        if chance.happens(0.2) { settings.policySettings.cycleSeconds = 6 * 3600 }
        settings.assignments = settings.mirrors.map { _ in assignment(&chance) }
        settings.ownTroubles = (0..<chance.poisson(0.8)).map { _ in
            let start = World.moment(chance.uniform(in: 0..<troubledSeconds))
            let kinds: [FaultMix.OwnTrouble] = [
                .networkDown, .storageFails, .clockOff(30 * SimulatedTime.day),
                .clockOff(3 * SimulatedTime.hour), .clockOff(90),
            ]
            let length = chance.uniform(in: 1..<120) * 60
            return (kinds[chance.uniform(in: 0..<kinds.count)], start, start + length)
        }
        return settings
    }

    private static func assignment(_ chance: inout Chance) -> MirrorAssignment {
        let shapes: [FaultMix.Shape] = [
            .complete, .complete, .complete, .distfilesOnly, .noSymlinks, .lacksSome(0.02),
            .lacksSome(0.4), .empty,
        ]
        var quirks: Set<FaultMix.Quirk> = []
        for _ in 0..<chance.poisson(0.7) {
            let quirk = Self.quirks[chance.uniform(in: 0..<Self.quirks.count)]
            if case .backends = quirk,
                quirks.contains(where: { if case .backends = $0 { true } else { false } })
            {
                continue
            }
            quirks.insert(quirk)
        }
        let faults = (0..<chance.poisson(1.5)).map { _ in fault(&chance) }
        return MirrorAssignment(
            shape: shapes[chance.uniform(in: 0..<shapes.count)],
            quirks: quirks,
            faults: faults
        )
    }

    private static func fault(_ chance: inout Chance) -> Fault {
        let kind: Fault.Kind
        if chance.happens(0.4) {
            let (effect, name) = wholeEffects[chance.uniform(in: 0..<wholeEffects.count)]
            kind = Fault.Kind(effect, .everything, name: "everything \(name)")
        } else {
            let extents: [(Fault.Kind.Extent, String)] = [
                (.folders(1), "one folder"), (.folderShare(0.03), "3 % of the folders"),
                (.folderShare(0.3), "30 % of the folders"),
                (.fileShare(0.005), "0.5 % of the files"),
                (.fileShare(0.05), "5 % of the files"), (.fileShare(0.5), "half of the files"),
                (.files(1), "one file"), (.newest(0.03), "3 % of the newest files"),
            ]
            let (effect, effectName) = effects[chance.uniform(in: 0..<effects.count)]
            let (extent, extentName) = extents[chance.uniform(in: 0..<extents.count)]
            kind = Fault.Kind(effect, extent, name: "\(extentName) \(effectName)")
        }
        let start = World.moment(chance.uniform(in: 0..<troubledSeconds))
        // From minutes to a day; every order of magnitude is equally frequent.
        let minutes = chance.logNormal(median: 90, p95: 1200)
        return Fault(
            kind,
            start: start,
            end: start + max(1, min(1440, Int(minutes))) * 60,
            seed: UInt64(chance.uniform(in: 0..<Int.max))
        )
    }

    /// Runs the world of a seed, and returns the outcome; `trace` is called with the changes in the
    /// wrong offers of each fault.
    package static func run(
        seed: UInt64,
        trace: (@Sendable (String) -> Void)? = nil
    ) -> Result {
        var settings = settings(seed: seed)
        settings.trace = trace
        let simulation = Simulation(settings)
        let outcome = simulation.run()
        var result = Result(seed: seed)
        result.story = story(settings)
        checkNotice(&result, outcome, settings)
        checkPeace(&result, simulation, settings)
        checkProof(&result, outcome, settings)
        checkLoad(&result, outcome, settings)
        if simulation.impossibleEventCount > 0 {
            result.broken.append("\(simulation.impossibleEventCount) events that cannot be")
        }
        return result
    }

    private static func story(_ settings: SimulationSettings) -> [String] {
        var lines = [
            "\(settings.pathCount) paths, \(settings.mirrors.count) mirrors, "
                + "\(settings.partCount) runs at once"
        ]
        for (number, assignment) in settings.assignments.enumerated() {
            let quirks = (assignment.quirks ?? []).map { "\($0)" }.sorted().joined(separator: ", ")
            lines.append("mirror \(number): \(assignment.shape ?? .complete) \(quirks)")
            for fault in assignment.faults.sorted(by: { $0.start < $1.start }) {
                lines.append("  \(fault.kind.name), \(fault.start)-\(fault.end) s")
            }
        }
        for trouble in settings.ownTroubles {
            lines.append("ours: \(trouble.kind), \(trouble.start)-\(trouble.end) s")
        }
        return lines
    }

    // MARK: - Rules

    /// Nothing that is lost, refused or cut off is offered for hours, unless the checker was
    /// prevented from looking.
    private static func checkNotice(
        _ result: inout Result,
        _ outcome: Outcome,
        _ settings: SimulationSettings
    ) {
        for record in outcome.ledger.records where record.hitCount > 0 {
            let kind = outcome.kinds[record.kind]
            let end = record.clearedAt ?? record.end ?? settings.seconds
            if case .down = kind.effect { continue }
            let hindered = settings.ownTroubles.reduce(0) { sum, trouble in
                sum + overlap(trouble.start, trouble.end, record.start, end)
            }
            let others = settings.assignments[record.site].faults.reduce(0) { sum, fault in
                guard fault.kind.extent == .everything, fault.kind != kind else { return sum }
                return sum + overlap(fault.start, fault.end, record.start, end)
            }
            let seconds = record.offeredSeconds - hindered - others
            guard seconds > noticeSeconds else { continue }
            result.broken.append(
                "mirror \(record.site): \(kind.name) was offered for \(seconds / 60) min"
            )
        }
    }

    private static func overlap(_ start: Int, _ end: Int, _ from: Int, _ to: Int) -> Int {
        // Files that rested in the meantime are asked for again within an hour.
        max(0, min(end + 3600, to) - max(start, from))
    }

    /// In the end all good files are offered, and no others.
    private static func checkPeace(
        _ result: inout Result,
        _ simulation: Simulation,
        _ settings: SimulationSettings
    ) {
        let board = simulation.board
        for (key, count) in board.wrongCounts where count > 0 {
            switch key.cause {
            case .removed, .outdated, .backends: continue
            case .fault, .lacking: break
            }
            result.broken.append(
                "mirror \(key.site): \(count) wrong offers in the end, \(key.cause)"
            )
        }
        for point in 0..<board.pointCount {
            let site = board.site(of: point)
            guard site.backendShare == 0, !site.quirks.contains(.softNotFound) else { continue }
            let unused = board.unused(at: point, among: simulation.settledFiles)
            let count = unused.down + unused.doubted + unused.unproven
            // A pointer that has just changed may not have arrived yet.
            guard count > 2 else { continue }
            result.broken.append(
                "mirror \(site.number): good files unused in the end: \(unused)"
            )
        }
    }

    /// No file is offered that was never there: proofs come only from answers about the file
    /// itself.
    private static func checkProof(
        _ result: inout Result,
        _ outcome: Outcome,
        _ settings: SimulationSettings
    ) {
        // A file that returns after an older tree has no cause of its own until the next sync.
        let wasOlder = settings.assignments.flatMap(\.faults).contains { fault in
            if case .oldTree = fault.kind.effect { true } else { false }
        }
        let failed = outcome.ledger.failed[.lacking] ?? 0
        if failed > 0, !wasOlder {
            result.broken.append(
                "files were offered that had not come: \(Int(failed)) file seconds"
            )
        }
    }

    /// In a small tree each file is asked for at most about twice an hour, and never in bursts.
    private static func checkLoad(
        _ result: inout Result,
        _ outcome: Outcome,
        _ settings: SimulationSettings
    ) {
        let last = settings.seconds / 3600
        for host in outcome.hosts {
            let day = host.requests.total(hours: (last - 24)..<last, except: .young)
            let limit = 3_000 + 60 * settings.pathCount
            if day > limit {
                result.broken.append("\(host.name): \(day) requests on the last day")
            }
            let worst = host.requests.worstHour(1..<last, except: .young)
            let hourLimit = 200 + 20 * settings.pathCount
            if worst > hourLimit {
                result.broken.append("\(host.name): \(worst) requests in an hour")
            }
        }
    }
}
