import Foundation
import ObjectStorage
import Synchronization
import TestSupport
import Testing

@Suite struct CachedBlobsTests {
    private let folder: TemporaryFolder
    private let remote = InMemoryStore()
    private let key: BlobKey

    init() throws {
        folder = try TemporaryFolder("cache")
        key = try BlobKey("maps/europe.map")
    }

    private func cache(origin: String = "s3://a") -> CachedBlobs {
        CachedBlobs(cacheFolder: folder.path, origin: origin) { [remote] orders, fetched in
            for order in orders { fetched(order.key, Self.fetch(order, from: remote)) }
        }
    }

    private static func fetch(
        _ order: FetchOrder,
        from remote: InMemoryStore
    ) -> Result<FetchOutcome, StorageError> {
        guard let blob = remote.get(order.key) else { return .success(.absent) }
        if blob.tag == order.tag { return .success(.unchanged) }
        guard FileManager.default.createFile(atPath: order.file, contents: Data(blob.bytes)) else {
            return .failure(.system(operation: "write", path: order.file, reason: "refused"))
        }
        return .success(.changed(blob.tag))
    }

    @Test func keepsTheNewestVersion() throws {
        let cache = cache()
        #expect(try cache.refresh(key) == .absent)
        #expect(try cache.copies.get(key) == nil)
        let first = try remote.put(key, [1])
        #expect(try cache.refresh(key) == .changed(first))
        #expect(try cache.copies.get(key)?.bytes == [1])
        #expect(cache.tag(of: key) == first)
        #expect(try cache.refresh(key) == .unchanged)
        let second = try remote.put(key, [2, 2])
        #expect(try cache.refresh(key) == .changed(second))
        #expect(try cache.copies.get(key)?.bytes == [2, 2])
        // The copy outlives the blob.
        remote.delete(key)
        #expect(try cache.refresh(key) == .absent)
        #expect(try cache.copies.get(key)?.bytes == [2, 2])
    }

    @Test func isSharedByProcessesButNotByOrigins() throws {
        let tag = try remote.put(key, [1])
        _ = try cache().refresh(key)
        #expect(cache().tag(of: key) == tag)
        #expect(cache(origin: "s3://b").tag(of: key) == nil)
    }

    /// A copy with the tag of other bytes would be kept forever.
    @Test func doesNotTrustATagOfAnotherCopy() throws {
        let cache = cache()
        let tag = try remote.put(key, [1])
        _ = try cache.refresh(key)
        try cache.copies.put(key, [9])
        #expect(cache.tag(of: key) == nil)
        #expect(try cache.refresh(key) == .changed(tag))
        #expect(try cache.copies.get(key)?.bytes == [1])
    }

    @Test func fetchesADiscardedCopyAgain() throws {
        let cache = cache()
        let tag = try remote.put(key, [1])
        _ = try cache.refresh(key)
        try cache.discard(key)
        #expect(try cache.copies.get(key) == nil)
        #expect(cache.validatedAt(key) == nil)
        #expect(try cache.refresh(key) == .changed(tag))
        #expect(abs(try #require(cache.validatedAt(key)) - Lease.now()) < 60)
    }

    /// A blob that is damaged in storage is not fetched at every look; a copy that was damaged here
    /// is fetched each time, and so is a newer version.
    @Test func keepsWhatIsDamagedInStorage() throws {
        let cache = cache()
        try remote.put(key, [6, 6])
        _ = try cache.refresh(key)
        try cache.discard(key)
        _ = try cache.refresh(key)
        try cache.discard(key)
        #expect(try cache.copies.get(key)?.bytes == [6, 6])
        #expect(try cache.refresh(key) == .unchanged)

        let next = try remote.put(key, [7, 7])
        for damage in [1, 2] as [UInt8] {
            _ = try cache.refresh(key)
            #expect(try cache.copies.get(key)?.bytes == [7, 7])
            // A bit flips in place: the file stays the same.
            let handle = try #require(FileHandle(forWritingAtPath: cache.copies.path(of: key)))
            try handle.write(contentsOf: Data([7 ^ damage]))
            try handle.close()
            try cache.discard(key)
            #expect(try cache.copies.get(key) == nil)
        }
        #expect(try cache.refresh(key) == .changed(next))
    }

    /// Of many concurrent refreshes, one fetches and the others use its result.
    @Test func fetchesOnceForMany() async throws {
        try remote.put(key, [1])
        let transfers = Counter()
        let cache = CachedBlobs(cacheFolder: folder.path, origin: "s3://a") {
            [remote] orders, fetched in
            for order in orders {
                let result = Self.fetch(order, from: remote)
                if case .success(.changed) = result { transfers.value.add(1, ordering: .relaxed) }
                fetched(order.key, result)
            }
        }
        try await withThrowingTaskGroup(of: Void.self) { [key] group in
            for _ in 0..<8 {
                group.addTask {
                    _ = try cache.refresh(key)
                    #expect(try cache.copies.get(key)?.bytes == [1])
                }
            }
            try await group.waitForAll()
        }
        #expect(transfers.value.load(ordering: .relaxed) == 1)
    }

    private final class Counter: Sendable {
        let value = Atomic(0)
    }

    /// A blob that is available is used although another one is not.
    @Test func refreshesSeveralAtOnceEachForItself() throws {
        let other = try BlobKey("health.json")
        let broken = try BlobKey("maps/asia.map")
        let first = try remote.put(key, [1])
        let second = try remote.put(other, [2])
        let runs = Counter()
        let cache = CachedBlobs(cacheFolder: folder.path, origin: "s3://a") {
            [remote] orders, fetched throws(StorageError) in
            runs.value.add(1, ordering: .relaxed)
            for order in orders where order.key != broken {
                fetched(order.key, Self.fetch(order, from: remote))
            }
            throw .unavailable(operation: "fetch", reason: "gone", attempts: 1)
        }
        var results: [BlobKey: Result<FetchOutcome, StorageError>] = [:]
        cache.refresh([key, other, broken, key]) { results[$0] = $1 }
        #expect(results.count == 3)
        #expect(try results[key]?.get() == .changed(first))
        #expect(try results[other]?.get() == .changed(second))
        #expect(throws: StorageError.self) { try results[broken]?.get() }
        #expect(runs.value.load(ordering: .relaxed) == 1)
        #expect(try cache.copies.get(other)?.bytes == [2])
        #expect(cache.validatedAt(broken) == nil)
    }

    @Test func refusesAFolderThatOthersCanWrite() throws {
        let cache = cache()
        try FileManager.default.createDirectory(
            atPath: cache.copies.folder,
            withIntermediateDirectories: true
        )
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o777],
            ofItemAtPath: cache.copies.folder
        )
        #expect {
            _ = try cache.refresh(key)
        } throws: { error in
            "\(error)".contains("CACHE_DIR")
        }
    }
}

@Suite struct FetchProgramTests {
    private let folder: TemporaryFolder
    private let key: BlobKey

    init() throws {
        folder = try TemporaryFolder("program")
        key = try BlobKey("maps/europe.map")
    }

    /// A program in `sh` that prints its arguments instead of doing the work of `storage`.
    private func program(_ script: String, seconds: Int = 10) throws -> FetchProgram {
        let path = try folder.writeProgram(script, to: "storage")
        return FetchProgram(path: path, seconds: seconds)
    }

    /// The outcome that `program` reports for the key, fetched alone.
    private func outcome(
        _ program: FetchProgram,
        tag: EntityTag? = nil
    ) throws -> FetchOutcome? {
        var outcome: Result<FetchOutcome, StorageError>?
        let order = FetchOrder(key: key, file: folder.appending("new"), tag: tag)
        try program.fetch([order]) { outcome = $0 == key ? $1 : nil }
        return try outcome?.get()
    }

    @Test func readsTheOutcome() throws {
        let changed = try program(
            #"printf '%s' "$*" > "$4"; echo '{"key":"'$2'","outcome":"changed","tag":"\"e\""}'"#
        )
        #expect(try outcome(changed, tag: EntityTag("\"d\"")) == .changed(EntityTag("\"e\"")))
        let file = folder.appending("new")
        #expect(
            try String(contentsOfFile: file, encoding: .utf8)
                == "fetch maps/europe.map --to \(file) --if-changed-from \"d\""
        )
        let unchanged = try program(#"echo '{"key":"'$2'","outcome":"unchanged"}'"#)
        #expect(try outcome(unchanged) == .unchanged)
        let absent = try program(#"echo '{"key":"'$2'","outcome":"absent"}'"#)
        #expect(try outcome(absent) == .absent)
    }

    /// One run fetches all blobs, and each is reported when it arrives.
    @Test func readsOneLineForEachBlob() throws {
        let other = try BlobKey("health.json")
        let program = try program(
            #"echo "{\"key\":\"$5\",\"outcome\":\"absent\"}"; "#
                + #"echo '{"key":"leases/x","outcome":"absent"}'; echo junk; "#
                + #"echo "{\"key\":\"$2\",\"error\":\"damaged\"}""#
        )
        var heard: [BlobKey] = []
        let orders = [key, other].map { FetchOrder(key: $0, file: "/dev/null", tag: nil) }
        try program.fetch(orders) { key, result in
            heard.append(key)
            let isAbsent = if case .success(.absent) = result { true } else { false }
            #expect(isAbsent == (key == other))
        }
        #expect(heard == [other, key])
    }

    @Test(arguments: [
        "exit 1", "echo nonsense",
        #"echo '{"key":"maps/europe.map","error":"storage is not available"}'; exit 1"#,
        #"echo '{"key":"maps/europe.map","outcome":"changed"}'"#, "kill -9 $$", "sleep 60", "yes",
        #"echo '{"key":"maps/asia.map","outcome":"absent"}'"#,
    ])
    func turnsEveryFailureIntoAnError(_ script: String) throws {
        let program = try program(script, seconds: 1)
        #expect {
            _ = try outcome(program)
        } throws: { error in
            if case StorageError.unavailable = error { true } else { false }
        }
    }

    @Test func namesAProgramThatIsMissing() {
        let program = FetchProgram(path: "/nonexistent/storage")
        #expect {
            _ = try outcome(program)
        } throws: { error in
            "\(error)".contains("/nonexistent/storage")
        }
    }
}
