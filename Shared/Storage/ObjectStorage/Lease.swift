import Glibc
import JSON
import Linux
import Synchronization
import Time

/// The exclusive right of one process to do a piece of work, until it expires.
///
/// A lease is the blob `leases/<name>`, a JSON object with the owner, the time of expiry, and a
/// fencing number that grows with every owner. It is taken and renewed with conditional writes, so
/// only one of several processes succeeds. The blob stays after the lease is released, because the
/// number must not restart.
///
/// Expiry is judged by the hosts' wall clocks. An owner stops at the expiry, and others wait
/// ``skewAllowance`` seconds longer, so clocks may differ by that much. If they differ by more, two
/// processes may do the same work for a while (and an owner whose clock is ahead by more than
/// ``clockTolerance`` loses its lease to the next one); still nothing is lost, because
/// `put(_:_:if:)` requires a condition, and of two conditional writes over the same version one
/// fails.
package final class Lease: Sendable {
    package let name: String
    package let owner: String
    /// Greater than that of every earlier owner.
    package let fencing: Int64
    /// Whether the previous owner did not release it: it died, or was stopped for too long.
    package let isTakenOver: Bool
    /// Whether it was taken over early, because it claimed to last longer than leases of its kind
    /// do: the clock of its owner is ahead, or ours is behind.
    package let wasOfAnotherTime: Bool
    private let store: any BlobStore
    private let key: BlobKey
    private let seconds: Int64
    private let clock: @Sendable () -> Int64
    private let term: Mutex<Term>

    /// The latest version of the blob, and its expiry.
    private struct Term {
        var tag: EntityTag
        var expiresAt: Int64
    }

    /// Seconds after the expiry during which a lease is not taken over.
    package static let skewAllowance: Int64 = 5

    /// The maximum duration of a lease.
    package static let longest: Int64 = 86_400

    /// A lease that claims to last this many seconds longer than its own duration was written by a
    /// wrong clock, and is taken over.
    package static let clockTolerance: Int64 = 300

    /// The result of trying to take a lease.
    package enum Attempt: Sendable {
        case acquired(Lease)
        case taken(by: String, until: Int64)
    }

    /// Tries to take the lease `name` for `seconds`; does not wait.
    ///
    /// `owner` is shown to operators. Throws ``StorageError/conditionsIgnored`` if leases cannot
    /// work on the store.
    package static func acquire(
        _ name: String,
        for seconds: Int64,
        in store: any BlobStore,
        owner: String = Lease.processName,
        clock: @escaping @Sendable () -> Int64 = Lease.now
    ) throws(StorageError) -> Attempt {
        precondition((1...longest).contains(seconds), "a lease lasts from a second to a day")
        guard try store.honoursConditions() else { throw .conditionsIgnored }
        let key = try BlobKey("leases/\(name)")
        // Losing two rounds in a row means that other processes compete for it.
        var last = Record(owner: "somebody", fencing: 0, expiresAt: clock(), seconds: seconds)
        for _ in 0..<2 {
            let blob = try store.get(key)
            let current = blob.flatMap { Record(decoding: $0.bytes) }
            let remaining = (current?.expiresAt ?? 0) - clock()
            let isOfAnotherTime =
                remaining > (current?.seconds).map { $0 + clockTolerance } ?? longest
            if let current, remaining >= -skewAllowance, !isOfAnotherTime {
                return .taken(by: current.owner, until: current.expiresAt)
            }
            let record = Record(
                owner: owner,
                fencing: (current?.fencing ?? 0) + 1,
                expiresAt: clock() + seconds,
                seconds: seconds
            )
            do throws(StorageError) {
                let condition = blob.map { WriteCondition.unchanged($0.tag) } ?? .absent
                let tag = try store.put(key, record.encoded(), if: condition)
                return .acquired(
                    Lease(
                        name,
                        record,
                        key: key,
                        in: store,
                        seconds: seconds,
                        clock: clock,
                        tag: tag,
                        isTakenOver: current.map { $0.expiresAt != 0 } ?? false,
                        wasOfAnotherTime: isOfAnotherTime
                    )
                )
            } catch .conditionFailed {
                last = record
            }
        }
        return .taken(by: last.owner, until: last.expiresAt)
    }

    private init(
        _ name: String,
        _ record: Record,
        key: BlobKey,
        in store: any BlobStore,
        seconds: Int64,
        clock: @escaping @Sendable () -> Int64,
        tag: EntityTag,
        isTakenOver: Bool,
        wasOfAnotherTime: Bool
    ) {
        self.isTakenOver = isTakenOver
        self.wasOfAnotherTime = wasOfAnotherTime
        self.name = name
        owner = record.owner
        fencing = record.fencing
        self.store = store
        self.key = key
        self.seconds = seconds
        self.clock = clock
        term = Mutex(Term(tag: tag, expiresAt: record.expiresAt))
    }

    /// The expiry without a renewal, in seconds since 1970.
    package var expiresAt: Int64 { term.withLock { $0.expiresAt } }

    /// Renews the lease for its full duration.
    ///
    /// Throws ``StorageError/leaseLost(name:owner:)`` if it expired or another process has it;
    /// after any other error it is unchanged, and can be renewed again before it expires.
    package func renew() throws(StorageError) {
        let result = term.withLock { term in
            Result { () throws(StorageError) in try renew(&term) }
        }
        try result.get()
    }

    private func renew(_ term: inout Term) throws(StorageError) {
        guard clock() < term.expiresAt else {
            throw .leaseLost(name: name, owner: "its expiry")
        }
        let record = Record(
            owner: owner,
            fencing: fencing,
            expiresAt: clock() + seconds,
            seconds: seconds
        )
        do throws(StorageError) {
            term.tag = try store.put(key, record.encoded(), if: .unchanged(term.tag))
        } catch .conditionFailed {
            // A renewal that seemed to fail may have been written: the number tells.
            guard let blob = try store.get(key), let found = Record(decoding: blob.bytes) else {
                throw .leaseLost(name: name, owner: "somebody")
            }
            guard found.fencing == fencing, found.expiresAt > 0 else {
                throw .leaseLost(name: name, owner: found.owner)
            }
            term.tag = try store.put(key, record.encoded(), if: .unchanged(blob.tag))
        }
        term.expiresAt = record.expiresAt
    }

    /// Renews the lease, then writes what it guards: an owner that lost it writes nothing.
    ///
    /// `condition` is the version known to this owner. It matters if this process is stopped after
    /// the renewal for longer than the lease lasts: of the two owners' writes, the later one fails
    /// with ``StorageError/conditionFailed(key:)``.
    package func put(
        _ key: BlobKey,
        _ bytes: [UInt8],
        if condition: WriteCondition
    ) throws(StorageError) -> EntityTag {
        precondition(condition != .always, "a fenced write has a condition")
        try renew()
        return try store.put(key, bytes, if: condition)
    }

    /// Releases the lease at once; does nothing if it is already lost.
    package func release() throws(StorageError) {
        let tag = term.withLock { term in
            term.expiresAt = 0
            return term.tag
        }
        let record = Record(owner: owner, fencing: fencing, expiresAt: 0, seconds: seconds)
        do throws(StorageError) {
            try store.put(key, record.encoded(), if: .unchanged(tag))
        } catch .conditionFailed {
            // A renewal that seemed to fail may have been written: the number tells.
            guard let blob = try store.get(key), let found = Record(decoding: blob.bytes),
                found.fencing == fencing, found.expiresAt > 0
            else { return }
            try store.put(key, record.encoded(), if: .unchanged(blob.tag))
        }
    }
}

extension Lease {
    /// The wall clock in seconds since 1970.
    package static let now: @Sendable () -> Int64 = { Timestamp.now.secondsSinceEpoch }

    /// The name of this process for operators: `host/pid`.
    package static var processName: String {
        let capacity = 256
        let host = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) {
            name in
            guard let start = name.baseAddress, unsafe gethostname(start, capacity - 1) == 0 else {
                return "host"
            }
            unsafe name[capacity - 1] = 0
            return unsafe String(cString: start)
        }
        return "\(host)/\(getpid())"
    }
}

/// The content of a lease's blob.
private struct Record {
    let owner: String
    let fencing: Int64
    /// 0 after a release.
    let expiresAt: Int64
    /// The duration for which it was written; nil in leases of version 0.1.0.
    let seconds: Int64?

    init(owner: String, fencing: Int64, expiresAt: Int64, seconds: Int64?) {
        self.owner = owner
        self.fencing = fencing
        self.expiresAt = expiresAt
        self.seconds = seconds
    }

    /// Nil for invalid bytes, which are replaced like an expired lease.
    init?(decoding bytes: [UInt8]) {
        guard let value = try? JSONValue(parsing: bytes), var fields = try? JSONFields(value),
            let owner = try? fields.string("holder"),
            let fencing = try? fields.integer("fencing", in: 0...(.max - 1)),
            let expiresAt = try? fields.integer("expiresAt", in: 0...Int64(1) << 52)
        else { return nil }
        let seconds = try? fields.integer("seconds", in: 1...Lease.longest)
        self.init(owner: owner, fencing: fencing, expiresAt: expiresAt, seconds: seconds)
    }

    /// A unique number makes the bytes unique: on S3, equal bytes have equal tags, and a renewal in
    /// the same second would look like the previous version.
    func encoded() -> [UInt8] {
        let record: JSONValue = [
            "holder": .string(owner), "fencing": .integer(fencing),
            "expiresAt": .integer(expiresAt), "seconds": .integer(seconds ?? Lease.longest),
            "write": .string(String(UInt64.random(in: .min ... .max), radix: 36)),
        ]
        return Array(record.description.utf8)
    }
}
