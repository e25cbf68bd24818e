import JSON
import Testing

@testable import FunctionRuntime

@Suite struct FunctionTests {
    private static let join = Verb("--join", "LEFT", "RIGHT") { operands, environment in
        if operands[0] == "bad" { throw JSONError.tooDeep(limit: 9) }
        return operands.joined(separator: environment["N"] ?? " ")
    }

    private static let count = Verb("--count", "FIRST", "[LAST]") { operands, _, output in
        for operand in operands { output(operand) }
    }

    /// Runs a function that reads `"n"` and answers with twice its value.
    private func run(
        _ input: String,
        _ arguments: [String] = [],
        _ environment: [String: String] = [:]
    )
        -> (status: Int32, output: [String])
    {
        var output: [String] = []
        let function = Function(
            name: "twice",
            help: "twice: doubles \"n\"",
            openKeys: ["n"],
            verbs: [Self.join, Self.count]
        )
        let status = function.run(
            arguments: arguments,
            environment: Environment(environment),
            input: { (_) throws(FunctionError) in Array(input.utf8) },
            output: { output.append($0) },
            read: { fields, environment in
                try fields.integer("n", in: 0...10)
                    ?? Int64(environment.integer("N", in: 0...10) ?? 1)
            },
            work: { (n: Int64) throws in
                if n == 10 { throw FunctionError.refused("too many") }
                if n == 8 { throw FunctionError.guarded("too few") }
                if n == 9 { throw JSONError.tooDeep(limit: 9) }
                return ["twice": .integer(2 * n)]
            }
        )
        return (status, output)
    }

    @Test func answersWithOneLineOfJSON() {
        let run = run(#"{"n": 4}"#)
        #expect(run.status == 0)
        #expect(run.output == [#"{"twice":8}"#])
    }

    @Test(arguments: ["", " \n", "{}"])
    func takesTheDefaultWorkForAnEmptyRequest(input: String) {
        #expect(run(input, [], ["N": "3"]).output == [#"{"twice":6}"#])
    }

    @Test(arguments: [
        ("{", "byte 1"), (#"{"n":11}"#, "\"n\": expected an integer from 0 to 10, found 11"),
        (#"{"m":1}"#, "\"m\" is not a known key; known here: n"), ("[]", "expected an object"),
    ])
    func saysWhatIsWrongWithABadRequest(input: String, sentence: String) {
        let run = run(input)
        #expect(run.status == 2)
        #expect(run.output.count == 1)
        #expect(run.output.first?.replacing("\\\"", with: "\"").contains(sentence) == true)
    }

    @Test func namesTheVariableThatIsWrong() {
        let run = run("", [], ["N": "many"])
        #expect(run.status == 2)
        #expect(run.output.first?.contains("N: expected an integer from 0 to 10") == true)
    }

    @Test func tellsFailureAndRefusalApart() {
        #expect(run(#"{"n":9}"#).status == 1)
        #expect(run(#"{"n":10}"#).status == 3)
        #expect(run(#"{"n":8}"#).status == 4)
    }

    @Test func explainsItself() {
        #expect(run("", ["--help"]).output == ["twice: doubles \"n\""])
        #expect(run("", ["--version"]).output == ["twice \(Function.version)"])
        #expect(run("", ["--n=4"]).status == 2)
        #expect(
            run("", ["--n=4"]).output.first?.contains("--help, --join, --count and --version")
                == true
        )
    }

    @Test func doesWhatAVerbSaysInsteadOfItsWork() {
        let run = run("not read", ["--join", "a", "b"], ["N": "+"])
        #expect(run.status == 0)
        #expect(run.output == ["a+b"])
        #expect(self.run("", ["--join", "bad", "b"]).status == 1)
    }

    @Test(arguments: [["--join"], ["--join", "a"], ["--join", "a", "b", "c"]])
    func countsTheOperandsOfAVerb(arguments: [String]) {
        let run = run("", arguments)
        #expect(run.status == 2)
        #expect(run.output.first?.contains("twice --join LEFT RIGHT") == true)
    }

    @Test func operandsInBracketsMayBeLeftOut() {
        #expect(run("", ["--count", "a"]).output == ["a"])
        #expect(run("", ["--count", "a", "b"]).output == ["a", "b"])
        for arguments in [["--count"], ["--count", "a", "b", "c"]] {
            let run = run("", arguments)
            #expect(run.status == 2)
            #expect(run.output.first?.contains("twice --count FIRST [LAST]") == true)
        }
    }
}
