import ConfiguredStorage
import FunctionRuntime
import Glibc
import Heartbeats
import Housekeeping
import JSON
import ObjectStorage
import RunRecords
import Time

/// What the command line requests.
enum Command: Equatable {
    case list(prefix: String)
    case show(BlobKey)
    case put(BlobKey, file: String)
    case remove([BlobKey])
    case verify
    case copy(from: String, to: String)
    case clean(CatalogRetention, isDryRun: Bool)
    case fetch([FetchOrder])

    /// Throws ``FunctionError/badRequest(_:)`` if the arguments make no command.
    init(_ arguments: [String]) throws {
        var words = ArraySlice(arguments)
        let verb = words.popFirst() ?? ""
        do {
            switch verb {
            case "ls" where words.count <= 1: self = .list(prefix: words.first ?? "")
            case "cat" where words.count == 1: self = .show(try BlobKey(words[1]))
            case "put" where words.count == 2: self = .put(try BlobKey(words[1]), file: words[2])
            case "rm" where !words.isEmpty: self = .remove(try words.map { try BlobKey($0) })
            case "verify" where words.isEmpty: self = .verify
            case "copy" where words.count == 2: self = .copy(from: words[1], to: words[2])
            case "clean": self = try Self.clean(words)
            case "fetch": self = .fetch(try Self.orders(words))
            default: throw Self.misuse
            }
        } catch let error as StorageError {
            throw FunctionError.badRequest("\(error)")
        }
    }

    private static let misuse = FunctionError.badRequest(
        "the arguments are not understood: see storage --help"
    )

    private static func orders(_ arguments: ArraySlice<String>) throws -> [FetchOrder] {
        var words = arguments
        var orders: [FetchOrder] = []
        while let key = words.popFirst() {
            guard words.popFirst() == "--to", let file = words.popFirst() else { throw misuse }
            var tag: EntityTag?
            if words.first == "--if-changed-from" {
                words.removeFirst()
                guard let text = words.popFirst() else { throw misuse }
                tag = EntityTag(text)
            }
            orders.append(FetchOrder(key: try BlobKey(key), file: file, tag: tag))
        }
        guard !orders.isEmpty else { throw misuse }
        return orders
    }

    private static func clean(_ options: ArraySlice<String>) throws -> Command {
        var words = options
        var retention = CatalogRetention()
        var isDryRun = false
        while let word = words.popFirst() {
            switch word {
            case "--dry-run":
                isDryRun = true
            case "--keep":
                guard let count = words.popFirst().flatMap(Int.init), count >= 1 else {
                    throw FunctionError.badRequest("--keep: expected a number of at least 1")
                }
                retention.newestCount = count
            case "--days":
                guard let days = words.popFirst().flatMap(Int64.init), (0...36_500).contains(days)
                else { throw FunctionError.badRequest("--days: expected a number of days") }
                retention.seconds = days * 86_400
            default: throw misuse
            }
        }
        return .clean(retention, isDryRun: isDryRun)
    }

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
                throw FunctionError.failed("there is no blob \(key)")
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
            let outcome = try Copying(
                from: openStore(from, environment),
                to: openStore(to, environment)
            ).run()
            print(
                JSONValue.object([
                    "blobs": .integer(Int64(outcome.blobCount)),
                    "bytes": .integer(Int64(outcome.byteCount)),
                ])
            )
        case .clean(let retention, let isDryRun):
            let outcome = try Self.clean(
                openStore(environment),
                retention,
                isDryRun: isDryRun,
                environment
            )
            print(
                JSONValue.object([
                    "catalogs": .array(outcome.catalogs.map { .string($0.text) }),
                    "details": .array(outcome.details.map { .string($0.text) }),
                    "checkStates": .array(outcome.checkStates.map { .string($0.text) }),
                    "leases": .array(outcome.leases.map { .string($0.text) }),
                    "events": .array(outcome.events.map { .string($0.text) }),
                    "records": .array(outcome.records.map { .string($0.text) }),
                    "temporaryFiles": .array(outcome.temporaryFiles.map { .string($0) }),
                    "removed": .bool(!isDryRun),
                ])
            )
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
        return try Heartbeat(.storage, store, environment).around { _ in try cleaning.run() }
    }

    private func verify(_ store: any BlobStore) throws -> Int32 {
        let outcome = try Verification(store).run()
        func list(_ findings: [Verification.Finding]) -> JSONValue {
            .array(
                findings.map { .object(["key": .string($0.key), "problem": .string($0.problem)]) }
            )
        }
        print(
            JSONValue.object([
                "blobs": .integer(Int64(outcome.blobCount)),
                "bytes": .integer(Int64(outcome.byteCount)),
                "problems": list(outcome.findings),
                "notes": list(outcome.notes),
            ])
        )
        return outcome.findings.isEmpty ? 0 : 1
    }
}
