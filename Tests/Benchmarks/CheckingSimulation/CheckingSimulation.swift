import CheckingSimulation
import Foundation

/// Simulates weeks of checking, and prints what became of redirects, mirrors and load.
@main
struct Program {
    static func main() throws {
        var arguments = Array(CommandLine.arguments.dropFirst())
        func value(_ name: String) -> String? {
            guard let index = arguments.firstIndex(of: name), index + 1 < arguments.count else {
                return nil
            }
            let value = arguments[index + 1]
            arguments.removeSubrange(index...index + 1)
            return value
        }
        let seed = UInt64(value("--seed") ?? "1") ?? 1
        let days = Int(value("--days") ?? "30") ?? 30
        let paths = Int(value("--paths") ?? "5000") ?? 5000
        let mirrorCount = value("--mirrors").flatMap { Int($0) }
        var mirrors = try SimulationSettings.gentooMirrors()
        if let mirrorCount { mirrors = Array(mirrors.prefix(mirrorCount)) }
        var settings = SimulationSettings(
            seed: seed,
            days: days,
            mirrors: mirrors,
            mix: try FaultMix.standard()
        )
        settings.pathCount = paths
        settings.isPipelining = value("--pipelining") != "0"
        let simulation = Simulation(settings)
        let clock = ContinuousClock()
        let start = clock.now
        let outcome = simulation.run { day in
            note("day \(day) \(clock.now - start)")
        }
        Report(outcome).print()
        note("\(clock.now - start)")
    }

    private static func note(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }
}
