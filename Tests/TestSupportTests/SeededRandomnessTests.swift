import Foundation
import TestSupport
import Testing

@Suite struct SeededRandomnessTests {
    @Test func theSameSeedGivesTheSameNumbers() {
        var one = SeededGenerator(seed: 7)
        var other = SeededGenerator(seed: 7)
        for _ in 0..<100 { #expect(one.next() == other.next()) }
    }

    /// A test that fails for one random input in a thousand is worth nothing without that input.
    @Test func noSuiteDrawsNumbersThatNobodyCanRepeat() throws {
        let unseeded = /SystemRandomNumberGenerator|\.shuffled\(\)|\.randomElement\(\)|\.random\(\)/
        let folder = URL(fileURLWithPath: "\(Repository.root)/Tests")
        var suites = 0
        for case let file as URL in FileManager.default.enumerator(
            at: folder,
            includingPropertiesForKeys: nil
        ) ?? .init() where file.lastPathComponent.hasSuffix("Tests.swift") {
            guard file.lastPathComponent != "SeededRandomnessTests.swift" else { continue }
            suites += 1
            let text = try String(contentsOf: file, encoding: .utf8)
            #expect(!text.contains(unseeded), "\(file.path): use SeededGenerator")
        }
        #expect(suites > 100)
    }
}
