import Foundation
import ParserJudge
import TestSupport
import Testing

/// Inputs that the fuzzer found interesting (`make fuzz-parsers`), checked by the rules again.
@Suite struct ParserCorpusTests {
    private static let corpus = "\(Repository.root)/Tests/Fixtures/fuzz"

    private static func inputs(of target: ParserTarget) throws -> [(name: String, bytes: [UInt8])] {
        let folder = URL(filePath: "\(corpus)/\(target.rawValue)")
        let files = try FileManager.default.contentsOfDirectory(
            at: folder,
            includingPropertiesForKeys: nil
        )
        return try files.sorted { $0.path < $1.path }.map {
            ($0.lastPathComponent, [UInt8](try Data(contentsOf: $0)))
        }
    }

    @Test(arguments: ParserTarget.allCases)
    func noInputOfTheCorpusBreaksARule(_ target: ParserTarget) throws {
        let inputs = try Self.inputs(of: target)
        #expect(inputs.count > 1, "\(target.rawValue)")
        for input in inputs {
            #expect(target.fault(input.bytes.span) == nil, "\(target.rawValue)/\(input.name)")
        }
    }

    /// Bytes that are nearly right find more than noise does: each input again, with a few bytes
    /// changed, removed or doubled; `PROPERTY_CASES` times.
    @Test(arguments: ParserTarget.allCases)
    func norDoTheirNeighbours(_ target: ParserTarget) throws {
        let cases = ProcessInfo.processInfo.environment["PROPERTY_CASES"].flatMap { Int($0) } ?? 20
        var random = SeededGenerator.forTest("neighbours of \(target.rawValue)")
        for input in try Self.inputs(of: target) where !input.bytes.isEmpty {
            for _ in 0..<cases {
                var bytes = input.bytes
                for _ in 0..<Int.random(in: 1...4, using: &random) { Self.change(&bytes, &random) }
                let fault = target.fault(bytes.span)
                if fault != nil { Issue.record("\(target.rawValue): \(fault ?? ""): \(bytes)") }
            }
        }
    }

    private static func change(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let index = Int.random(in: 0..<bytes.count, using: &random)
        let end = min(index + Int.random(in: 1...16, using: &random), bytes.count)
        switch Int.random(in: 0..<8, using: &random) {
        case 0: bytes.removeSubrange(index..<end)
        case 1: bytes.insert(contentsOf: bytes[index..<end], at: index)
        case 2: bytes[index] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
        default: bytes[index] = UInt8.random(in: .min ... .max, using: &random)
        }
    }
}
