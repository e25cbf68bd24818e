import Foundation
import Glibc
import TestSupport
import Testing

/// Functions that are killed at random moments while a deployment continues.
///
/// In each round there is a new file. The leader, the checker and the builder are killed one after
/// the other at some moment of their work on it; storage must be consistent after each kill, and
/// the next run must complete the work.
@Suite struct KillTests {
    static let killCount = 17

    @Test(arguments: StorageKind.allCases)
    func leaveNothingWrongAndTheNextRunCompletesTheWork(_ kind: StorageKind) throws {
        let stages = try StagedStorage(on: kind)
        defer { stages.stop() }
        let environment = stages.environment(of: StagedStorage.Stage.built.rawValue)
        var random = SeededGenerator(seed: kind == .folder ? 1 : 2)
        var kills: [StorageWriter: Int] = [:]
        // The duration of the latest undisturbed run.
        var seconds: [StorageWriter: Double] = [:]
        for round in 0..<(4 * Self.killCount) {
            if StorageWriter.allCases.allSatisfy({ kills[$0, default: 0] >= Self.killCount }) {
                break
            }
            let path = "distfiles/round-\(round).tar.gz"
            try stages.publishToAll(path)
            for writer in StorageWriter.allCases {
                let moment = Double.random(in: 0..<1, using: &random) * (seconds[writer] ?? 0.1)
                if try wasKilled(stages.function(writer, environment), after: moment) {
                    kills[writer, default: 0] += 1
                    #expect(try stages.verify(environment) == [], "\(writer), after \(moment) s")
                }
                try stages.endLeases(environment)
                seconds[writer] = try stages.finish(writer, environment)
            }
            // Everything of this round is there, down to the last mirror.
            let held = try Product.function("builder", environment: environment)
                .run(arguments: ["--lookup", path, "maps/europe.map"])
            for copy in stages.network.copies {
                #expect(held.output.contains(copy.url), "\(path): \(held)")
            }
        }
        #expect(try stages.verify(environment) == [])
        for writer in StorageWriter.allCases {
            #expect(kills[writer, default: 0] >= Self.killCount, "\(writer)")
        }
    }

    /// Whether the function was still at work when it was killed `seconds` after its start.
    private func wasKilled(_ function: FunctionBinary, after seconds: Double) throws -> Bool {
        let streams = try FunctionStreams()
        let child = try function.start(streams: streams)
        if let ending = child.wait(until: Date(timeIntervalSinceNow: seconds)) {
            let log = try streams.log
            #expect(ending == .exited(0), "\(log)")
            return false
        }
        child.signal(SIGKILL)
        return child.wait() == .signalled(SIGKILL)
    }
}
