import ConfiguredStorage
import FunctionRuntime
import Glibc
import JSON
import ObjectStorage
import StorageCommands

/// The administrator's tool for storage, and the redirector's way to fetch blobs from a bucket.
@main struct Storage {
    static let help = """
        storage: shows, checks, copies and cleans the blobs that the functions share

          storage ls [PREFIX]    list blobs: time, bytes, key
          storage cat KEY        print a blob
          storage put KEY FILE   write FILE as the blob KEY
          storage rm KEY...      remove blobs
          storage verify         read everything; list damage as "problems" (exit status
                                 1 if there is any) and oddities as "notes"
          storage copy FROM TO   copy all blobs between two storage URLs, such as
                                 file:///srv/redirector and s3://bucket/prefix
          storage clean [--keep N] [--days D] [--dry-run]
                                 remove catalogs older than D days (7) that are neither
                                 among the newest N (10) nor named by a map, with their
                                 details; check states as old of access points that are
                                 gone; leases unused for a week; events older than 90
                                 days; records of functions that have not run for 30;
                                 holds that ended a week ago; orphaned temporary files
          storage fetch KEY --to FILE [--if-changed-from TAG] [KEY --to FILE ...]
                                 download blobs into files, several at a time and each
                                 atomically; print a line for each as soon as it is
                                 done: {"key": …, "outcome": "changed", "tag": …},
                                 "unchanged" or "absent", or {"key": …, "error": …}

        Results are JSON on one line, except for ls and cat.

        Exit status: 0 done, 1 failed or damage was found, 2 bad arguments.
        """

    static func main() {
        exit(run(Array(CommandLine.arguments.dropFirst()), .ofProcess()))
    }

    private static func run(_ arguments: [String], _ environment: Environment) -> Int32 {
        do {
            switch arguments {
            case [], ["--help"], ["-h"]:
                print(help, Setting.help(of: "storage"), separator: "\n\n")
                return arguments.isEmpty ? 2 : 0
            case ["--version"]:
                print("storage \(Function.version)")
                return 0
            default:
                let command = try StorageCommand(arguments)
                if case .clean = command,
                    let status = try LambdaLoop.runOnLambda(takesRequest: false)
                {
                    return status
                }
                return try command.run(environment)
            }
        } catch {
            Log.error("\(error)")
            print(JSONValue.object(["error": .string("\(error)")]))
            return (error as? FunctionError)?.exitStatus ?? 1
        }
    }
}
