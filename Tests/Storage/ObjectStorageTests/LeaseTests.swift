import ObjectStorage
import Synchronization
import TestSupport
import Testing

@Suite struct LeaseTests {
    private let store = InMemoryStore()
    private let clock = TestClock()

    private func acquire(
        _ owner: String,
        for seconds: Int64 = 60
    ) throws(StorageError) -> Lease.Attempt {
        try Lease.acquire("check-m1", for: seconds, in: store, owner: owner, clock: clock.now)
    }

    private func lease(_ owner: String, for seconds: Int64 = 60) throws -> Lease {
        switch try acquire(owner, for: seconds) {
        case .acquired(let lease): return lease
        case .taken(let other, _): throw Taken(owner: other)
        }
    }

    private struct Taken: Error {
        let owner: String
    }

    @Test func hasOneOwner() throws {
        let lease = try lease("a")
        #expect(lease.fencing == 1)
        #expect(lease.expiresAt == 1060)
        guard case .taken(let owner, let until) = try acquire("b") else {
            Issue.record("two owners")
            return
        }
        #expect(owner == "a")
        #expect(until == 1060)
    }

    @Test func goesToTheNextOneAtOnceWhenReleased() throws {
        try lease("a").release()
        #expect(try lease("b").fencing == 2)
    }

    @Test func isTakenOverAfterItsExpiryAndTheSkew() throws {
        _ = try lease("a", for: 60)
        clock.advance(60 + Lease.skewAllowance)
        #expect(throws: Taken.self) { _ = try lease("b") }
        clock.advance(1)
        #expect(try lease("b").fencing == 2)
    }

    /// A host whose clock is hours ahead must not keep the others from working for hours.
    @Test func doesNotWaitForAnOwnerWhoseClockIsAhead() throws {
        let ahead = TestClock()
        ahead.advance(60 + Lease.clockTolerance)
        func acquireAhead() throws -> Lease.Attempt {
            try Lease.acquire("check-m1", for: 60, in: store, owner: "ahead", clock: ahead.now)
        }
        guard case .acquired(let lease) = try acquireAhead() else {
            Issue.record("nobody has it")
            return
        }
        // Within the tolerance the owner is waited for.
        clock.advance(60)
        #expect(throws: Taken.self) { _ = try self.lease("b") }
        ahead.advance(61)
        try lease.release()
        guard case .acquired(let later) = try acquireAhead() else {
            Issue.record("nobody has it")
            return
        }
        let other = try self.lease("b")
        #expect(other.fencing == 3)
        #expect(other.wasOfAnotherTime && other.isTakenOver)
        #expect(throws: StorageError.leaseLost(name: "check-m1", owner: "b")) { try later.renew() }
    }

    /// A host whose clock is a year ahead must not keep the others from working for a year.
    @Test func ignoresAnExpiryThatNoClockNearbyCanHaveSet() throws {
        try store.put(
            BlobKey("leases/check-m1"),
            Array(#"{"holder":"a","fencing":7,"expiresAt":99999999}"#.utf8)
        )
        #expect(try lease("b").fencing == 8)
    }

    @Test(arguments: ["", "{}", "[1]", #"{"holder":1,"fencing":1,"expiresAt":1}"#])
    func replacesWhatIsNoLease(_ text: String) throws {
        try store.put(BlobKey("leases/check-m1"), Array(text.utf8))
        #expect(try lease("b").fencing == 1)
    }

    @Test func lastsFromEachRenewal() throws {
        let lease = try lease("a", for: 60)
        for _ in 0..<5 {
            clock.advance(50)
            try lease.renew()
        }
        #expect(lease.expiresAt == 1000 + 5 * 50 + 60)
        #expect(throws: Taken.self) { _ = try self.lease("b") }
    }

    @Test func publishesNothingWhenLost() throws {
        let old = try lease("a", for: 60)
        let key = try BlobKey("checks/m1.checks")
        let first = try old.put(key, [1], if: .absent)
        // Another host's clock is half a minute ahead.
        let ahead = TestClock(1000 + 60 + 30)
        guard
            case .acquired(let new) = try Lease.acquire(
                "check-m1",
                for: 60,
                in: store,
                owner: "b",
                clock: ahead.now
            )
        else {
            Issue.record("not taken over")
            return
        }
        let lost: StorageError?
        do throws(StorageError) {
            _ = try old.put(key, [2], if: .unchanged(first))
            lost = nil
        } catch { lost = error }
        #expect(lost == .leaseLost(name: "check-m1", owner: "b"))
        #expect(store.get(key)?.bytes == [1])
        _ = try new.put(key, [3], if: .unchanged(first))
        try old.release()
        try new.renew()
        #expect(store.get(key)?.bytes == [3])
    }

    @Test func isNotRenewedAfterItsExpiry() throws {
        let lease = try lease("a", for: 60)
        clock.advance(60)
        let lost: StorageError?
        do throws(StorageError) {
            try lease.renew()
            lost = nil
        } catch { lost = error }
        #expect(lost == .leaseLost(name: "check-m1", owner: "its expiry"))
    }

    /// A lease of `a` whose renewal was written, although its answer was lost: the owner knows an
    /// older tag than the store has.
    private func leaseWithALostAnswer() throws -> Lease {
        let lossy = LossyStore(store)
        let attempt = try Lease.acquire(
            "check-m1",
            for: 60,
            in: lossy,
            owner: "a",
            clock: clock.now
        )
        guard case .acquired(let lease) = attempt else {
            throw StorageError.leaseLost(name: "check-m1", owner: "somebody")
        }
        lossy.losesNextAnswer.store(true, ordering: .relaxed)
        #expect(throws: StorageError.self) { try lease.renew() }
        return lease
    }

    @Test func survivesARenewalWhoseAnswerWasLost() throws {
        let lease = try leaseWithALostAnswer()
        try lease.renew()
    }

    /// Otherwise it would last until its expiry, and the next run would report a rival.
    @Test func isReleasedAfterARenewalWhoseAnswerWasLost() throws {
        try leaseWithALostAnswer().release()
        _ = try self.lease("b", for: 60)
    }

    @Test func refusesAStoreThatIgnoresConditions() {
        #expect(throws: StorageError.conditionsIgnored) {
            _ = try Lease.acquire("check-m1", for: 60, in: CarelessStore())
        }
    }
}

/// A clock that advances only on request; it starts at 1000.
final class TestClock: Sendable {
    private let seconds: Atomic<Int64>

    init(_ seconds: Int64 = 1000) {
        self.seconds = Atomic(seconds)
    }

    var now: @Sendable () -> Int64 {
        { self.seconds.load(ordering: .sequentiallyConsistent) }
    }

    func advance(_ step: Int64) {
        seconds.add(step, ordering: .sequentiallyConsistent)
    }
}

/// A store that can write and then fail, as when a connection breaks.
private final class LossyStore: WrappedStore {
    let losesNextAnswer = Atomic(false)
    let base: InMemoryStore

    init(_ base: InMemoryStore) {
        self.base = base
    }

    func after(_ operation: StoreOperation, _ key: String) throws(StorageError) {
        if operation == .put, losesNextAnswer.exchange(false, ordering: .relaxed) {
            throw .unavailable(operation: "write \(key)", reason: "lost", attempts: 1)
        }
    }
}

/// An older S3 server, which ignores conditions.
private struct CarelessStore: BlobStore {
    func get(_ key: BlobKey) -> Blob? { nil }
    func get(_ key: BlobKey, ifChangedFrom tag: EntityTag) -> ChangedBlob { .absent }
    func put(_ key: BlobKey, _ bytes: [UInt8], if condition: WriteCondition) -> EntityTag {
        EntityTag("1")
    }
    func delete(_ key: BlobKey) {}
    func entries(prefix: String) -> [BlobEntry] { [] }
    func honoursConditions() -> Bool { false }
}
