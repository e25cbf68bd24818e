import MirrorCommands
import SampleDeployment
import Testing
import TestSupport

@Suite struct CompletionTests {
    @Test(arguments: ["bash", "zsh", "fish"]) func everyVerbAndOptionIsOffered(_ shell: String)
        throws
    {
        let script = try Deployment().run("completion", shell).text
        for verb in CommandVerb.all {
            #expect(script.contains(verb.name))
            for option in verb.options { #expect(script.contains(option.name.dropFirst(2))) }
        }
    }

    /// The shells that are there complete what a person types.
    @Test func bashCompletesVerbsOptionsAndWords() throws {
        let script = try Deployment().run("completion", "bash").text
        func completions(_ words: String, _ position: Int) throws -> [String] {
            let folder = try TemporaryFolder("completion")
            try folder.write(
                "mirrors() { :; }\n\(script)\nCOMP_WORDS=(\(words)); COMP_CWORD=\(position)\n"
                    + "_mirrors; printf '%s\\n' \"${COMPREPLY[@]}\"\n",
                to: "run.sh"
            )
            let bash = FunctionBinary("/bin/bash", environment: ["PATH": "/usr/bin:/bin"])
            let result = try bash.run(arguments: [folder.appending("run.sh")])
            #expect(result.log.isEmpty)
            return result.output.split(separator: "\n").map(String.init)
        }
        #expect(try completions("mirrors d", 1) == ["doctor", "disable"])
        #expect(try completions("mirrors list --d", 2) == ["--down", "--disabled"])
        #expect(try completions("mirrors list --state in", 3) == ["incomplete", "in-use"])
    }

    @Test func theHelpFits80Columns() {
        for line in MirrorsProgram.help.split(separator: "\n") {
            #expect(line.count <= 80, "\(line)")
        }
    }
}
