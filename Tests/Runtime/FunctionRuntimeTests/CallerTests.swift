import JSON
import TestSupport
import Testing

@testable import FunctionRuntime

/// Requests that are permitted over HTTP, with the key of the deployment and without.
@Suite struct CallerTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder("caller")
    }

    private func run(_ input: String, _ environment: [String: String]) -> (Int32, String) {
        var output = ""
        let variables = environment.merging(["SECRETS_DIR": folder.path]) { own, _ in own }
        let status = Function(name: "leader", help: "", openKeys: ["paths"]).run(
            arguments: [],
            environment: Environment(variables),
            input: { (_) throws(FunctionError) in Array(input.utf8) },
            output: { output += $0 },
            read: { fields, _ in
                (try fields.strings("paths") ?? [])
                    + (try fields.string("mirrors").map { [$0] } ?? [])
            },
            work: { names in .array(names.map { .string($0) }) }
        )
        return (status, output)
    }

    private static let evil = #"{"mirrors":"http://evil.example/evil.xml"}"#

    @Test func takesEverythingFromThisMachine() {
        #expect(run(Self.evil, [:]).0 == 0)
    }

    @Test(arguments: [
        ["CALLED_BY": "gateway"], ["fprocess": "/usr/local/bin/leader"], ["Http_Method": "POST"],
        ["Http_X_Call_Id": "1"], ["Http_X_Function_Key": "guess"],
    ])
    func takesOnlyWhatNarrowsOverHTTP(environment: [String: String]) {
        let (status, output) = run(Self.evil, environment)
        #expect(status == 2)
        #expect(output.contains("\\\"mirrors\\\" is not accepted over HTTP"))
        #expect(run(#"{"paths":["a"]}"#, environment) == (0, #"["a"]"#))
        #expect(run("", environment).0 == 0)
    }

    @Test func takesEverythingOverHTTPWithTheKey() throws {
        _ = try folder.write("the-key\n", to: "function-key")
        let calls = { (key: String?) in
            var environment = ["CALLED_BY": "gateway"]
            environment["Http_X_Function_Key"] = key
            return run(Self.evil, environment).0
        }
        #expect(calls("the-key") == 0)
        for wrong in [nil, "the-kez", "the-key ", "the-keythe-key", "", "t"] {
            #expect(calls(wrong) == 2)
        }
    }

    /// Without the secret there is no key, so none matches.
    @Test func knowsNoKeyWhereThereIsNoSecret() {
        #expect(run(Self.evil, ["CALLED_BY": "gateway", "Http_X_Function_Key": ""]).0 == 2)
        #expect(run(Self.evil, ["CALLED_BY": "gateway", "Http_X_Function_Key": "x"]).0 == 2)
    }

    @Test func refusesAnEmptySecretAndAnotherCaller() throws {
        _ = try folder.write(" \n", to: "function-key")
        let (status, output) = run("", ["CALLED_BY": "gateway"])
        #expect(status == 2)
        #expect(output.contains("function-key cannot be read: it is empty"))
        #expect(run("", ["CALLED_BY": "cron"]).1.contains("CALLED_BY: expected gateway"))
    }

    /// A key that were cut would be another key.
    @Test func refusesASecretThatIsTooLong() throws {
        let longest = String(repeating: "k", count: Secret.limit)
        let environment = Environment(["SECRETS_DIR": folder.path])
        _ = try folder.write(longest, to: "function-key")
        #expect(try Secret("function-key", environment)?.text == longest)
        _ = try folder.write("\(longest)\n", to: "function-key")
        let (status, output) = run("", ["CALLED_BY": "gateway"])
        #expect(status == 2)
        #expect(output.contains("function-key cannot be read: it is longer than 4096 bytes"))
    }

    @Test func saysNothingOfASecretWhenItIsPrinted() throws {
        _ = try folder.write("the-key", to: "function-key")
        let secret = try #require(
            try Secret("function-key", Environment(["SECRETS_DIR": folder.path]))
        )
        for text in ["\(secret)", String(reflecting: secret), String(describing: [secret])] {
            #expect(!text.contains("the-key"))
        }
    }
}
