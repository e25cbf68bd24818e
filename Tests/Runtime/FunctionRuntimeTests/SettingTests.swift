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
        guard let value = setting.standardValue else { return }
        switch setting.form {
        case .text: break
        case .word(let words): #expect(words.contains(value))
        case .integer(let range, _): #expect(range.contains(try #require(Int(value))))
        }
    }

    @Test func isReadByTheTable() throws {
        let environment = Environment(["CHECK_RATE": "1000001", "PORT": "0", "REGION": ""])
        #expect(throws: FunctionError.self) { try environment.number(.checkRate) }
        #expect(try environment.number(.port) == 0)
        #expect(try environment.integer(.runInterval) == nil)
        #expect(environment[.region] == nil)
    }

    @Test func givesTheDefaultOfTheTable() throws {
        let environment = Environment(["MAXIMUM_AGE_DAYS": "2", "LISTEN": "127.0.0.1"])
        #expect(try environment.number(.threads) == NumberSetting.threads.standard)
        #expect(try environment.number(.maximumAge) == 2)
        #expect(try environment.seconds(.maximumAge) == 2 * 86_400)
        #expect(NumberSetting.maximumAge.standardSeconds == 14 * 86_400)
        #expect(try environment.seconds(.checkBudget) == 240)
        #expect(environment[.listen] == "127.0.0.1")
        #expect(environment[.statusTitle] == TextSetting.statusTitle.standard)
        #expect(try !environment.isOn(.browse))
    }

    /// The type of a variable with a default gives it; a reader of another has none to give.
    @Test func leavesNoDefaultToItsReader() throws {
        let literal = try Regex(
            #"environment(?:\[\.\w+\]|\.integer\(\.\w+\))\s*\?\?\s*(?:"[^"]|[0-9])"#
        )
        #expect("environment[.listen] ?? \"::\"".contains(literal))
        #expect("try environment.integer(.port)\n    ?? 8080".contains(literal))
        for (name, text) in try Self.sources() {
            #expect(!text.contains(literal), "\(name)")
        }
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
        for (file, text) in try Self.sources() {
            for match in text.matches(of: pattern) {
                let name = String(match.output[1].substring ?? "")
                #expect(!known.contains(name), "\(name) in \(file)")
            }
        }
    }

    /// All sources of the product, with the names of their files.
    private static func sources() throws -> [(name: String, text: String)] {
        var sources: [(name: String, text: String)] = []
        for folder in ["Functions", "Shared"] {
            let root = URL(fileURLWithPath: "\(Repository.root)/\(folder)")
            let files = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
            for case let file as URL in try #require(files) where file.pathExtension == "swift" {
                let text = try String(contentsOf: file, encoding: .utf8)
                sources.append((file.lastPathComponent, text))
            }
        }
        try #require(sources.count > 100)
        return sources
    }

    @Test func tellsTheNamesThatAreSet() {
        #expect(Environment(["B": "1", "A": "2", "C": ""]).names == ["A", "B"])
        #expect(Environment.ofProcess().names.contains("PATH"))
    }
}
