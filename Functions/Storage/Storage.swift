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
                                       week; orphaned temporary files
          storage fetch KEY --to FILE [--if-changed-from TAG] [KEY --to FILE ...]
                                       writes each blob into its FILE, at once and whole, several at
                                       a time, and prints a line for each as soon as it is there:
                                       {"key": …, "outcome": "changed", "tag": …}, "unchanged" or
                                       "absent", or {"key": …, "error": …}

        Results are JSON on one line, but for ls and cat.

        Environment:
          STORAGE_URL     file:///folder or s3://bucket/prefix (default file:///var/lib/redirector)
          S3_ENDPOINT     http(s)://host:port of the S3 server (default AWS)
          S3_REGION       default us-east-1
          S3_CHECKSUMS    auto (default): blobs travel with their CRC-32 until the server refuses it; off
          S3_ADDRESSING   path or virtual (default: virtual for AWS, else path)
          SECRETS_DIR     folder of the files s3-access-key and s3-secret-key, for fetch also
                          s3-read-access-key and s3-read-secret-key, which come first
                          (default /var/openfaas/secrets); without them AWS_ACCESS_KEY_ID,
                          AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; else anonymous
          CA_FILE         certificates to trust instead of the system's, PEM
          STORAGE_TIMEOUT_SECONDS
                          for one operation with all its attempts (default 60)

        Exit status: 0 done, 1 failed or something is wrong, 2 not understood.
        """

    static func main() {
        exit(run(Array(CommandLine.arguments.dropFirst()), .ofProcess()))
    }

    private static func run(_ arguments: [String], _ environment: Environment) -> Int32 {
        do {
            switch arguments {
            case [], ["--help"], ["-h"]:
                print(help)
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
