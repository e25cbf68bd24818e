import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

/// Everything at once, for as long as `SOAK_SECONDS` says (`make soak`); not part of `make test`.
///
/// All functions run on their schedules, and some of them are killed on the way; storage fails now
/// and then; some mirrors and clients are hostile; a redirector is killed and started again.
/// Meanwhile clients request files, and every redirect is compared with the mirrors' disks.
@Suite struct SoakTests {
    private static let seconds = ProcessInfo.processInfo.environment["SOAK_SECONDS"]
        .flatMap { Double($0) }

    @Test(.enabled(if: seconds != nil, "only with SOAK_SECONDS: make soak"))
    func nothingGetsWorseWithTime() throws {
        let seconds = try #require(Self.seconds)
        let soak = try Soak(random: SeededGenerator.forTest())
        defer { soak.stop() }
        try soak.run(seconds: seconds)
        let finding = try soak.finish()

        #expect(finding.wrongRedirects == [], "of \(finding.redirectCount)")
        #expect(finding.serverErrors == [])
        #expect(finding.verification == [])
        #expect(finding.unknownPaths == [], "not redirected to a mirror in the end")
        // Results that are fast and right because nothing happened would prove nothing.
        #expect(finding.redirectCount > Int(seconds) * 10)
        #expect(finding.fallbackCount * 2 < finding.redirectCount)
        #expect(finding.killCount > Int(seconds / 30))
        #expect(finding.faultCount > Int(seconds / 30))
        // Memory does not grow: a redirector's last quarter is compared with its second one.
        #expect(finding.memory.growth < 4_194_304, "bytes: \(finding.memory)")
        print(finding)
    }
}

/// The results of a soak.
struct SoakFinding: CustomStringConvertible {
    var redirectCount = 0
    var fallbackCount = 0
    var wrongRedirects: [String] = []
    var serverErrors: [String] = []
    var verification: [String] = []
    var unknownPaths: [String] = []
    var killCount = 0
    var faultCount = 0
    var runCounts: [String: Int] = [:]
    var memory = MemoryCourse()

    var description: String {
        let runs = runCounts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        return """
            soak: \(redirectCount) redirects, \(fallbackCount) of them to the fallback, \
            \(wrongRedirects.count) wrong; \(killCount) kills, \(faultCount) faults of storage; \
            runs: \(runs.joined(separator: ", ")); \(memory)
            """
    }
}

/// The memory of a process, second by second.
struct MemoryCourse: CustomStringConvertible {
    private var samples: [(seconds: Double, bytes: Double)] = []

    mutating func add(_ bytes: Int, at seconds: Double) {
        samples.append((seconds, Double(bytes)))
    }

    /// The mean of the last quarter minus that of the second one, in bytes.
    var growth: Double {
        let quarter = samples.count / 4
        guard quarter > 0 else { return 0 }
        func mean(_ part: some Collection<(seconds: Double, bytes: Double)>) -> Double {
            part.reduce(0) { $0 + $1.bytes } / Double(max(part.count, 1))
        }
        return mean(samples.suffix(quarter)) - mean(samples[quarter..<2 * quarter])
    }

    /// The slope of the line that fits the samples best, without those of the first quarter, in
    /// bytes per second.
    var slope: Double {
        let samples = samples.dropFirst(samples.count / 4)
        let count = Double(samples.count)
        guard count > 1 else { return 0 }
        let x = samples.reduce(0) { $0 + $1.seconds } / count
        let y = samples.reduce(0) { $0 + $1.bytes } / count
        let products = samples.reduce(0) { $0 + ($1.seconds - x) * ($1.bytes - y) }
        let squares = samples.reduce(0) { $0 + ($1.seconds - x) * ($1.seconds - x) }
        return squares > 0 ? products / squares : 0
    }

    var description: String {
        let most = samples.map(\.bytes).max() ?? 0
        return """
            resident memory of the redirector: at most \(Int(most / 1024)) KiB, slope \
            \(String(format: "%.1f", slope * 60 / 1024)) KiB a minute
            """
    }
}
