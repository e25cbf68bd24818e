import Foundation
import ParserJudge
import TestSupport
import Testing

/// What the fuzzer found interesting (`make fuzz-parsers`), held against the rules again.
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

    /// Bytes that are nearly right find more than noise: each input once more, with a few bytes changed.
    @Test(arguments: ParserTarget.allCases)
    func norDoTheirNeighbours(_ target: ParserTarget) throws {
        var random = SeededGenerator.forTest("neighbours of \(target.rawValue)")
        for input in try Self.inputs(of: target) where !input.bytes.isEmpty {
            var bytes = input.bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                bytes[index] = UInt8.random(in: .min ... .max, using: &random)
            }
            #expect(target.fault(bytes.span) == nil, "\(target.rawValue): \(bytes)")
        }
    }
}
