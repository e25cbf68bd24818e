import ConfiguredStorage
import FunctionRuntime
import Glibc
import Heartbeats
import JSON
import ObjectStorage
import RunRecords
import StorageCommands
import Time

extension StorageCommand {
    /// Runs the command and returns the exit status.
    func run(_ environment: Environment) throws -> Int32 {
        switch self {
        case .list(let prefix):
            for entry in try openStore(environment).entries(prefix: prefix) {
                let time = Timestamp(secondsSinceEpoch: entry.modifiedAt)
                print("\(time) \(entry.byteCount) \(entry.key)")
            }
        case .show(let key):
            guard let blob = try openStore(environment).get(key) else {
                throw FunctionError.failed(
                    "there is no blob \(key); storage ls prints those that exist"
                )
            }
            try LocalFile.writeToOutput(blob.bytes)
        case .put(let key, let file):
            let store = try openStore(environment)
            let bytes = try LocalFile.read(file)
            if let problem = try OperatorBlob.problem(of: key, bytes, in: store) {
                throw FunctionError.badRequest("\(key) is unchanged: \(problem)")
            }
            let tag = try store.put(key, bytes)
            print(JSONValue.object(["tag": .string(tag.text)]))
        case .remove(let keys):
            let store = try openStore(environment)
            for key in keys { try store.delete(key) }
            print(JSONValue.object(["removed": .array(keys.map { .string($0.text) })]))
        case .verify:
            return try verify(openStore(environment))
        case .copy(let from, let to):
            let copying = try Copying(
                from: openStore(from, environment),
                to: openStore(to, environment)
            )
            print(try copying.run().json)
        case .clean(let retention, let isDryRun):
            let outcome = try Self.clean(
                openStore(environment),
                retention,
                isDryRun: isDryRun,
                environment
            )
            print(outcome.json(isDryRun: isDryRun))
        case .fetch(let orders):
            return try Fetching(openStore(environment, for: .reading)).run(orders) ? 0 : 1
        }
        return 0
    }

    /// Records what it removed, as scheduled functions do.
    private static func clean(
        _ store: any BlobStore,
        _ retention: CatalogRetention,
        isDryRun: Bool,
        _ environment: Environment
    ) throws -> Cleaning.Outcome {
        let cleaning = Cleaning(store, retention: retention)
        guard !isDryRun else { return try cleaning.run(isDryRun: true) }
        return try Heartbeat(.cleaning, store, environment).around { _ in try cleaning.run() }
    }

    private func verify(_ store: any BlobStore) throws -> Int32 {
        let outcome = try Verification(store).run()
        print(outcome.json)
        return outcome.findings.isEmpty ? 0 : 1
    }
}
