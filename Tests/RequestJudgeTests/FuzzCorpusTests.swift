import Foundation
import RequestJudge
import TestSupport
import Testing

/// Inputs that the fuzzer found interesting (`make fuzz`), checked by the rules again.
@Suite struct FuzzCorpusTests {
    private static let corpus = URL(
        filePath: "\(Repository.root)/Tests/Fixtures/fuzz/requests"
    )

    @Test func noInputOfTheCorpusBreaksARule() throws {
        var judge = try RequestJudge()
        let files = try FileManager.default.contentsOfDirectory(
            at: Self.corpus,
            includingPropertiesForKeys: nil
        )
        #expect(files.count > 20)
        for file in files {
            let input = [UInt8](try Data(contentsOf: file))
            let fault = judge.fault(input.span)
            #expect(fault == nil, "\(file.lastPathComponent)")
        }
    }
}
