import ConfiguredStorage
import FunctionRuntime
import Glibc
import ObjectStorage

/// Repeatedly adds one to a counter in storage, in competition with other processes.
///
///     contender conditions KEY COUNT     by conditional writes
///     contender lease KEY COUNT          under a lease, each time taken and released
@main struct Contender {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 4, let count = Int(arguments[3]) else { exit(2) }
        let store = try openStore(.ofProcess())
        let key = try BlobKey(arguments[2])
        var done = 0
        while done < count {
            if try arguments[1] == "lease" ? addUnderLease(key, in: store) : add(key, in: store) {
                done += 1
            } else {
                usleep(.random(in: 0...20_000))
            }
        }
    }

    /// Whether this process did the addition.
    private static func add(_ key: BlobKey, in store: any BlobStore) throws -> Bool {
        let blob = try store.get(key)
        do throws(StorageError) {
            try store.put(key, next(blob), if: condition(blob))
            return true
        } catch .conditionFailed {
            return false
        }
    }

    private static func addUnderLease(_ key: BlobKey, in store: any BlobStore) throws -> Bool {
        guard case .acquired(let lease) = try Lease.acquire("counter", for: 30, in: store) else {
            return false
        }
        let blob = try store.get(key)
        // Nobody else writes while the lease is held, so a failed condition is a failure of the
        // lease.
        _ = try lease.put(key, next(blob), if: condition(blob))
        try lease.release()
        return true
    }

    private static func next(_ blob: Blob?) -> [UInt8] {
        let count = blob.flatMap { Int(String(decoding: $0.bytes, as: UTF8.self)) } ?? 0
        return Array(String(count + 1).utf8)
    }

    private static func condition(_ blob: Blob?) -> WriteCondition {
        blob.map { .unchanged($0.tag) } ?? .absent
    }
}
