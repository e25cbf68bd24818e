import Foundation
import TestSupport
import Testing

/// Files that the master removed are served from mirrors that keep them, with the real functions, a
/// real nginx and a clock that is moved.
@Suite(.needs("libfaketime", if: MovedClock.library != nil))
struct RemovedFilesTests {
    private static let days = 14

    @Test func theyAreServedWhereTheyAreUntilTheirDaysAreOver() throws {
        let trial = try TimeTrial(
            distfiles: 120,
            mirrors: ["keeps", "deletes", "other"],
            minutes: (Self.days + 3) * 1_440
        )
        try trial.publish()
        try trial.probe()
        try trial.check()
        try trial.build()
        let files = trial.paths.filter { $0.split(separator: "/").count == 3 }
            .filter { $0.hasPrefix("distfiles/") }
        let removed = Set(files.prefix(3))
        func offered() throws -> [String: Set<String>] {
            try trial.offers().mapValues { $0.intersection(removed) }
        }
        #expect(try offered()["keeps"] == removed)

        for path in removed {
            try Self.remove(path, fromTheMasterOf: trial)
        }
        trial.clock.pass(minutes: 5)
        try trial.publish()
        try trial.pass()
        #expect(try offered() == ["keeps": removed, "deletes": removed, "other": removed])

        // The second mirror syncs two hours later.
        for _ in 0..<8 { try trial.pass(minutes: 15) }
        #expect(try offered()["deletes"] == removed)
        for path in removed {
            try FileManager.default.removeItem(atPath: trial.place(path, at: "deletes"))
        }
        for _ in 0..<3 { try trial.pass(minutes: 15) }
        #expect(try offered() == ["keeps": removed, "deletes": [], "other": removed])
        // The other mirrors have the remaining tree.
        let left = Set(files).subtracting(removed)
        #expect(try trial.offers()["deletes"]?.isSuperset(of: left) == true)

        // Steps of a day and a half would be too long for a proof.
        for _ in 0..<(2 * Self.days - 1) { try trial.pass(minutes: 720) }
        #expect(try offered() == ["keeps": removed, "deletes": [], "other": removed])
        try trial.pass(minutes: 1_440)
        #expect(try offered() == ["keeps": [], "deletes": [], "other": []])
    }

    /// It is gone from the maps with the next build, whatever mirrors have.
    @Test func whatIsForgottenIsServedNoMore() throws {
        let trial = try TimeTrial(distfiles: 120, mirrors: ["keeps", "other"], minutes: 1_440)
        try trial.publish()
        try trial.probe()
        try trial.check()
        try trial.build()
        let path = try #require(trial.paths.first { $0.split(separator: "/").count == 3 })
        try Self.remove(path, fromTheMasterOf: trial)
        trial.clock.pass(minutes: 5)
        try trial.publish()
        try trial.pass()
        #expect(try trial.isOffered(path))
        try trial.run("leader", #"{"forget":["/\#(path)"],"dryRun":false}"#)
        try trial.build()
        #expect(try !trial.isOffered(path))
    }

    /// Removes a file, and the link to it if there is one.
    private static func remove(_ path: String, fromTheMasterOf trial: TimeTrial) throws {
        let master = trial.folder.appending("master")
        try FileManager.default.removeItem(atPath: "\(master)/\(path)")
        try? FileManager.default.removeItem(atPath: "\(master)/distfiles/\(name(of: path))")
    }

    private static func name(of path: String) -> Substring { path.split(separator: "/").last ?? "" }
}
