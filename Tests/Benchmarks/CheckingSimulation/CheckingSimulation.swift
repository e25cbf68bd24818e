import CheckingSimulation
import Dispatch
import Foundation
import Synchronization

/// Simulates weeks of checking, and prints the effects on redirects, mirrors and load.
@main
struct Program {
    private static let help = """
        checking-simulation [PART...] [--seed N] [--days N] [--paths N] [--mirrors N]

        Prints what becomes of redirects, mirrors and load; each seed is another course.

          month       mirrors of Gentoo's list, with all that fault-mix.json has
          trials      how long single faults are on offer
          slow-trials the same for single files, 70 days
          backends    mirrors of two servers that differ in 4 % of the files
          load        what hosts of each kind are asked for Gentoo's whole tree
          news        how long new files take on mirrors that have them at once
          first-pass  how long the first pass over Gentoo's list takes
                      (all of these but slow-trials)
          swarm       small worlds in which everything happens by chance, --runs of them from
                      --seed on; a seed that breaks a rule is told, and the exit status is 1
          --seed N    the course of things (1)
          --days N    days that are counted, of month, backends, load and news (30, 7, 10, 3)
          --paths N   paths of the tree, but of load (5000)
          --mirrors N only so many mirrors of the list
          --kind N    only this kind of trials or load, by its place in the table, from 0 on
          --runs N    worlds of a swarm (1000)
          --calls N   calls that share a round of checks, each in a thread (month 4; 1, as in the
                      template)
          --queue 1   the calls of a round are at work one after the other
          --calm 1    the master publishes nothing
          --trace 1   tells how the wrong offers of each fault go
          --pipelining 0  hosts are asked one question at a time on each connection

        """

    static func main() throws {
        var arguments = Array(CommandLine.arguments.dropFirst())
        func value(_ name: String) -> Int? {
            guard let index = arguments.firstIndex(of: name), index + 1 < arguments.count else {
                return nil
            }
            let value = Int(arguments[index + 1])
            arguments.removeSubrange(index...index + 1)
            return value
        }
        let options = Options(
            seed: UInt64(value("--seed") ?? 1),
            days: value("--days"),
            paths: value("--paths"),
            mirrors: value("--mirrors"),
            runs: value("--runs"),
            kind: value("--kind"),
            calls: value("--calls"),
            isPipelining: value("--pipelining") != 0,
            isParallel: value("--queue") != 1,
            isTracing: value("--trace") == 1,
            isCalm: value("--calm") == 1
        )
        if arguments == ["swarm"] { return swarm(options) }
        let known = ["month", "trials", "slow-trials", "backends", "load", "news", "first-pass"]
        guard arguments.allSatisfy(known.contains) else {
            print(help, terminator: "")
            exit(arguments == ["--help"] ? 0 : 2)
        }
        let parts = arguments.isEmpty ? known.filter { $0 != "slow-trials" } : arguments
        for part in parts { try run(part, options) }
    }

    private struct Options {
        var seed: UInt64
        var days: Int?
        var paths: Int?
        var mirrors: Int?
        var runs: Int?
        /// The only kind of trials or load that is wanted.
        var kind: Int?
        var calls: Int?
        var isPipelining: Bool
        var isParallel: Bool
        var isTracing: Bool
        var isCalm: Bool
    }

    private static func run(_ part: String, _ options: Options) throws {
        let clock = ContinuousClock()
        let start = clock.now
        var settings = try settings(of: part, options)
        settings.isPipelining = options.isPipelining
        settings.isParallel = options.isParallel
        // With one call, as in the template, a month takes a third longer; its figures differ as
        // those of two seeds do.
        if part == "month" { settings.partCount = 4 }
        if let calls = options.calls { settings.partCount = calls }
        if options.isCalm {
            settings.mix.master.newFiles = 0
            settings.mix.master.removedFiles = 0
            settings.mix.master.mutableChanges = 0
            settings.mix.master.sameLengthReplacements = 0
        }
        if options.isTracing { settings.trace = { note($0) } }
        if part != "load", let paths = options.paths { settings.pathCount = paths }
        print("## \(part), seed \(settings.seed)\n")
        let outcome = Simulation(settings).run { day in
            note("\(part): day \(day) after \(clock.now - start)")
        }
        switch part {
        case "trials", "slow-trials": FaultTable(outcome).print()
        case "load":
            let kinds = options.kind.map { [Trials.loadKinds[$0 % Trials.loadKinds.count]] }
            LoadReport(outcome, names: (kinds ?? Trials.loadKinds).map(\.name)).print()
        case "news": NewsReport(outcome).print()
        case "first-pass": FirstPassReport(outcome).print()
        default: MonthReport(outcome).print()
        }
        note("\(part): \(clock.now - start)")
    }

    private static func settings(of part: String, _ options: Options) throws -> SimulationSettings {
        var mirrors = try SimulationSettings.gentooMirrors()
        if let count = options.mirrors { mirrors = Array(mirrors.prefix(count)) }
        let seed = options.seed
        return switch part {
        case "trials":
            Trials.trial(
                of: options.kind.map { [Trials.quickFaults[$0 % Trials.quickFaults.count]] }
                    ?? Trials.quickFaults,
                mirrorsEach: options.mirrors ?? 20,
                days: options.days ?? 4,
                seed: seed
            )
        case "slow-trials":
            Trials.trial(of: Trials.slowFaults, mirrorsEach: 10, days: 70, seed: seed)
        case "backends": Trials.backends(seed: seed, days: options.days ?? 7)
        case "load": Trials.load(seed: seed, days: options.days ?? 10, only: options.kind)
        case "news": Trials.news(seed: seed, days: options.days ?? 3)
        case "first-pass": try Trials.firstPass(seed: seed, mirrors: mirrors)
        default:
            SimulationSettings(
                seed: seed,
                days: options.days ?? 30,
                mirrors: mirrors,
                mix: try FaultMix.standard()
            )
        }
    }

    /// Runs worlds in two threads, and prints which of them broke a rule.
    private static func swarm(_ options: Options) {
        let seeds = (0..<UInt64(options.runs ?? 1000)).map { options.seed &+ $0 }
        let failures = Mutex<[Swarm.Result]>([])
        let isTold = options.isTracing && seeds.count == 1
        let trace: (@Sendable (String) -> Void)? = isTold ? { @Sendable text in note(text) } : nil
        let clock = ContinuousClock()
        let start = clock.now
        DispatchQueue.concurrentPerform(iterations: seeds.count) { index in
            let result = Swarm.run(seed: seeds[index], trace: trace)
            if index % 100 == 99 { note("swarm: \(index + 1) worlds after \(clock.now - start)") }
            guard !result.broken.isEmpty || options.isTracing else { return }
            failures.withLock { $0.append(result) }
            print("seed \(result.seed): \(result.broken.joined(separator: "; "))")
            if seeds.count == 1 || options.isTracing {
                for line in result.story { print("  \(line)") }
            }
            print("  again: make swarm SEED=\(result.seed) RUNS=1")
        }
        let count = failures.withLock { $0.count { !$0.broken.isEmpty } }
        print("swarm: \(seeds.count) worlds from seed \(options.seed) on, \(count) broke a rule")
        if count > 0 { exit(1) }
    }

    private static func note(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }
}
