import Foundation
import JSON
import Mirrors
import TestSupport
import Testing

@testable import FunctionRuntime

@Suite struct SettingTests {
    @Test func namesEachVariableOnce() {
        let names = Setting.all.map(\.name)
        #expect(Set(names).count == names.count)
    }

    @Test(arguments: Setting.all)
    func hasADefaultThatItsReaderTakes(setting: Setting) throws {
        guard case .value(let value) = setting.standard else { return }
        switch setting.form {
        case .text: break
        case .word(let words): #expect(words.contains(value))
        case .integer(let range, _): #expect(range.contains(try #require(Int(value))))
        }
    }

    @Test func isReadByTheTable() throws {
        let environment = Environment(["CHECK_RATE": "1000001", "PORT": "0", "REGION": ""])
        #expect(throws: FunctionError.self) { try environment.integer(.checkRate) }
        #expect(try environment.integer(.port) == 0)
        #expect(try environment.integer(.threads) == nil)
        #expect(environment[.region] == nil)
    }

    @Test(arguments: Setting.Readers.named.map(\.name))
    func isListedByTheHelpOfItsReaders(function: String) {
        let help = Setting.help(of: function).split(separator: "\n")
        for setting in Setting.all(of: function) {
            #expect(help.contains { $0.hasPrefix("  \(setting.name)") }, "\(setting.name)")
        }
        #expect(help.allSatisfy { $0.count <= 80 })
        #expect(!help.contains { $0.contains("`") || $0.contains("](") })
    }

    @Test func sharesTheHelpOfAFunctionWithItsOwnText() {
        var output: [String] = []
        let function = Function(name: "builder", help: "builder: builds\n", openKeys: [])
        let status = function.run(
            arguments: ["--help"],
            environment: Environment([:]),
            input: { (_) throws(FunctionError) in [] },
            output: { output.append($0) },
            read: { _, _ in 0 },
            work: { (_: Int) in .null }
        )
        #expect(status == 0)
        #expect(output.first?.hasPrefix("builder: builds\n\nEnvironment:\n") == true)
        #expect(output.first?.contains("  MAXIMUM_AGE_DAYS ") == true)
    }

    /// `make docs` writes it.
    @Test func isDocumented() throws {
        let path = "\(Repository.root)/docs/configuration.md"
        let documented = try String(contentsOfFile: path, encoding: .utf8)
        #expect(documented == Setting.document, "make docs writes docs/configuration.md anew")
    }

    /// The module of the profiles is above this one, so the names are in both.
    @Test func profileTakesTheNamesOfAllProfiles() {
        guard case .word(let names) = Setting.profile.form else {
            Issue.record("PROFILE takes other values than words")
            return
        }
        #expect(names == FileProfile.allCases.map(\.rawValue))
    }

    /// A variable that is defined elsewhere is read by its name; ours are not.
    @Test func isReadByNoOtherName() throws {
        let known = Set(Setting.all.map(\.name))
        let pattern = try Regex(#"environment(?:\.integer\()?\[?"([A-Z0-9_]+)""#)
        var fileCount = 0
        for folder in ["Functions", "Shared"] {
            let root = URL(fileURLWithPath: "\(Repository.root)/\(folder)")
            let files = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
            for case let file as URL in try #require(files) where file.pathExtension == "swift" {
                fileCount += 1
                let text = try String(contentsOf: file, encoding: .utf8)
                for match in text.matches(of: pattern) {
                    let name = String(match.output[1].substring ?? "")
                    #expect(!known.contains(name), "\(name) in \(file.lastPathComponent)")
                }
            }
        }
        #expect(fileCount > 100)
    }

    @Test func tellsTheNamesThatAreSet() {
        #expect(Environment(["B": "1", "A": "2", "C": ""]).names == ["A", "B"])
        #expect(Environment.ofProcess().names.contains("PATH"))
    }
}
