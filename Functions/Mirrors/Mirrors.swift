import ConfiguredStorage
import FunctionRuntime
import Glibc
import JSON
import Linux
import MirrorCommands
import ObjectStorage
import Time

/// The operator's tool to inspect the mirrors and to change their settings.
@main struct MirrorsTool {
    static func main() {
        exit(run(Array(CommandLine.arguments.dropFirst()), .ofProcess()))
    }

    private static func run(_ words: [String], _ environment: Environment) -> Int32 {
        do {
            switch words {
            case ["--help"], ["-h"], ["help"]:
                print(MirrorsProgram.help, Setting.help(of: "mirrors"), separator: "\n\n")
                return 0
            case ["--version"]:
                print("mirrors \(Function.version)")
                return 0
            default: break
            }
            let arguments = try CommandArguments(words)
            let maximumAge = try environment.seconds(.maximumAge)
            let store = try openStore(environment)
            let now = Timestamp.now
            let checker = try CheckerInvocation(environment)
            let program = MirrorsProgram(
                store: store,
                now: now,
                maximumAge: maximumAge,
                healthMaximumAge: try environment.seconds(.healthMaxAge),
                author: CommandAuthor(environment),
                dependencies: .init(
                    leader: LeaderValidation(store: store, now: now),
                    builder: DryRunBuild(
                        store: store,
                        now: now,
                        maximumAge: maximumAge,
                        removedSeconds: try environment.seconds(.removedDays)
                    ),
                    editor: Terminal(environment),
                    checker: checker.check
                )
            )
            let result = try program.run(arguments)
            if arguments.wantsJSON {
                print(result.json)
            } else {
                print(result.text)
            }
            return result.status
        } catch {
            Log.error("\(error)")
            if words.contains("--json") { print(JSONValue.object(["error": .string("\(error)")])) }
            // A monitoring system must not mistake a failure to read for a warning.
            if words.first == "doctor" {
                print("UNKNOWN: \(error)")
                return 3
            }
            return (error as? FunctionError)?.exitStatus ?? 1
        }
    }
}
