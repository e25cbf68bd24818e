import JSON
import ObjectStorage
import StorageCommands

// What the commands print, as docs/functions.schema.json describes it.

extension Cleaning.Outcome {
    func json(isDryRun: Bool) -> JSONValue {
        func list(_ keys: [BlobKey]) -> JSONValue {
            .array(keys.map { .string($0.text) })
        }
        return .object([
            "catalogs": list(catalogs),
            "details": list(details),
            "checkStates": list(checkStates),
            "leases": list(leases),
            "events": list(events),
            "records": list(records),
            "holds": list(mapHolds),
            "temporaryFiles": .array(temporaryFiles.map { .string($0) }),
            "removed": .bool(!isDryRun),
        ])
    }
}

extension Copying.Outcome {
    var json: JSONValue {
        .object(["blobs": .integer(Int64(blobCount)), "bytes": .integer(Int64(byteCount))])
    }
}

extension Verification.Outcome {
    var json: JSONValue {
        func list(_ findings: [Verification.Finding]) -> JSONValue {
            .array(
                findings.map { .object(["key": .string($0.key), "problem": .string($0.problem)]) }
            )
        }
        return .object([
            "blobs": .integer(Int64(blobCount)),
            "bytes": .integer(Int64(byteCount)),
            "problems": list(findings),
            "notes": list(notes),
        ])
    }
}
