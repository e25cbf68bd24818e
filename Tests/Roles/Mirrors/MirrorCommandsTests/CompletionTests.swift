import Foundation
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

    /// The shells that are installed complete what a user types.
    @Test func bashCompletesVerbsOptionsAndWords() throws {
        let script = try Deployment().run("completion", "bash").text
        func completions(_ words: String, _ position: Int) throws -> [String] {
            let folder = try TemporaryFolder("completion")
            try folder.write(
                "mirrors() { :; }\n\(script)\nCOMP_WORDS=(\(words)); COMP_CWORD=\(position)\n"
                    + "_mirrors_words; printf '%s\\n' \"${COMPREPLY[@]}\"\n",
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

    /// A shell on a terminal, with the script in its installed place; the first completion counts.
    @Test(.needs("zsh", if: isThere("zsh")))
    func zshCompletesFromTheFirstTime() throws {
        let folder = try TemporaryFolder("completion")
        try folder.write(try Deployment().run("completion", "zsh").text, to: "_mirrors")
        try folder.write(
            """
            zmodload zsh/zpty
            zpty shell zsh -f -i
            zpty -w shell "PS1='> '; stty -echo; bindkey '^I' expand-or-complete; unsetopt \
            zle_bracketed_paste"
            zpty -w shell "fpath=($PWD \\$fpath); autoload -U compinit; compinit -u -D; print ready"
            zpty -r -m shell text '*ready*'
            zpty -w -n shell $'mirrors list --state incom\\t'
            zpty -r -m shell text '*--state incomplete*' && print completed
            zpty -d shell
            """,
            to: "run.zsh"
        )
        let zsh = FunctionBinary(
            "/usr/bin/timeout",
            environment: ["PATH": "/usr/bin:/bin", "TERM": "xterm"]
        )
        let result = try zsh.run(
            arguments: ["60", "zsh", "-f", "-c", "cd \(folder.path) && source ./run.zsh"]
        )
        #expect(result.output.contains("completed"), "\(result)")
    }

    @Test(.needs("fish", if: isThere("fish")))
    func fishCompletesVerbsOptionsAndWords() throws {
        let folder = try TemporaryFolder("completion")
        try folder.write(try Deployment().run("completion", "fish").text, to: "mirrors.fish")
        func completions(_ line: String) throws -> [String] {
            let fish = FunctionBinary(
                "/usr/bin/fish",
                environment: ["PATH": "/usr/bin:/bin", "HOME": folder.path]
            )
            let result = try fish.run(
                arguments: [
                    "--no-config", "--command",
                    "source \(folder.appending("mirrors.fish")); complete --do-complete '\(line)'",
                ]
            )
            #expect(result.log.isEmpty)
            return result.output.split(separator: "\n")
                .map { String($0.prefix { $0 != "\t" }) }.sorted()
        }
        #expect(try completions("mirrors do") == ["doctor"])
        #expect(try completions("mirrors list --dow") == ["--down"])
        #expect(try completions("mirrors list --state in") == ["in-use", "incomplete"])
    }

    private static func isThere(_ shell: String) -> Bool {
        FileManager.default.isExecutableFile(atPath: "/usr/bin/\(shell)")
    }

    @Test func theHelpFits80Columns() {
        for line in MirrorsProgram.help.split(separator: "\n") {
            #expect(line.count <= 80, "\(line)")
        }
    }
}
