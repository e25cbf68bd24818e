import Foundation
import TestSupport
import Testing

/// Every setting on the page for clients is used by a test.
@Suite struct ClientDocumentTests {
    /// The text of each file of these suites.
    private func sources() throws -> [String] {
        let folder = "\(Repository.root)/Tests/EndToEndTests/Clients"
        return try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { $0 != "ClientDocumentTests.swift" }
            .map { try String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8) }
    }

    @Test func everyStanzaIsRun() throws {
        let sources = try sources()
        let names = try DocumentedStanza.names(in: ClientTests.document)
        #expect(names.count > 20)
        #expect(Set(names).count == names.count)
        for name in names {
            #expect(sources.contains { $0.contains("\"\(name)\"") }, "\(name)")
        }
    }

    @Test func everyBlockOfThePageIsAStanza() throws {
        let path = "\(Repository.root)/\(ClientTests.document)"
        let lines = try String(contentsOfFile: path, encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false)
        var isInside = false
        var blockCount = 0
        for (number, line) in lines.enumerated() where line.hasPrefix("```") {
            isInside.toggle()
            guard isInside else { continue }
            blockCount += 1
            let mark = number > 0 ? lines[number - 1] : ""
            #expect(mark.hasPrefix("<!-- stanza: "), "line \(number + 1)")
        }
        #expect(blockCount == (try DocumentedStanza.names(in: ClientTests.document).count))
    }
}
