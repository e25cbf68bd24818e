import ConfiguredStorage
import FunctionRuntime
import Glibc
import Housekeeping
import JSON
import ObjectStorage

/// The administrator's view of storage, and the Redirector's way to blobs in a bucket.
@main struct Storage {
    static let help = """
        storage: shows, checks, copies and cleans the blobs that the functions share

          storage ls [PREFIX]          key, bytes and time of every blob
          storage cat KEY              a blob's bytes on standard output
          storage put KEY FILE         makes FILE the blob KEY
          storage rm KEY...            removes blobs
          storage verify               reads everything and lists what is wrong ("problems"; exit
                                       status 1 if anything is) and what is odd ("notes")
          storage copy FROM TO         copies all blobs between two storage URLs, such as
                                       file:///srv/redirector and s3://bucket/prefix
          storage clean [--keep N] [--days D] [--dry-run]
                                       removes catalogs that are older than D days (7), not among the
                                       N newest (10) and named by no map; their details; check states as old of
                                       access points that are gone; leases that nobody used for a
                                       week; events of more than 90 days ago; records of functions
                                       that did not run for 30; orphaned temporary files
          storage fetch KEY --to FILE [--if-changed-from TAG] [KEY --to FILE ...]
                                       writes each blob into its FILE, at once and whole, several at
                                       a time, and prints a line for each as soon as it is there:
                                       {"key": …, "outcome": "changed", "tag": …}, "unchanged" or
                                       "absent", or {"key": …, "error": …}

        Results are JSON on one line, but for ls and cat.

        Exit status: 0 done, 1 failed or something is wrong, 2 not understood.
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
                return try Command(arguments).run(environment)
            }
        } catch {
            Log.error("\(error)")
            print(JSONValue.object(["error": .string("\(error)")]))
            return (error as? FunctionError)?.exitStatus ?? 1
        }
    }
}
