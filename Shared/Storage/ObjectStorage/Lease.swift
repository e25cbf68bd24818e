import Glibc
import JSON
import Linux
import Synchronization
import Time

/// The right of one process to do a piece of work, until it expires.
///
/// A lease is the blob `leases/<name>`, a JSON object with the holder, the second it expires, and a
/// fencing number that grows with every holder. It is taken and renewed by conditional writes, so
/// of several processes one wins. The blob stays when the lease is released: the number must not
/// start anew.
///
/// Expiry is by the wall clocks of the hosts. A holder gives up at the expiry; another one waits
/// ``skewAllowance`` seconds longer, so clocks may differ by that much. Where they differ by more,
/// two processes may do the same work for a while (and a holder that is ahead by more than
/// ``clockTolerance`` loses its lease to the next one); they still lose nothing, because
/// `put(_:_:if:)` insists on a condition, and of two conditional writes over the same version one
/// fails.
package final class Lease: Sendable {
    package let name: String
    package let holder: String
    /// Larger than that of every earlier holder.
    package let fencing: Int64
    /// Whether the holder before did not release it: it died, or stood still for too long.
    package let isTakenOver: Bool
    /// Whether it was taken over before its time, because it claimed to last for longer than leases
    /// of its kind do: the clock of its holder is ahead, or ours is behind.
    package let wasOfAnotherTime: Bool
    private let store: any BlobStore
    private let key: BlobKey
    private let seconds: Int64
    private let clock: @Sendable () -> Int64
    private let term: Mutex<Term>

    /// The latest version of the blob, and until when it holds.
    private struct Term {
        var tag: EntityTag
        var expiresAt: Int64
    }

    /// Seconds after the expiry during which nobody takes a lease over.
    package static let skewAllowance: Int64 = 5

    /// No lease lasts for longer.
    package static let longest: Int64 = 86_400

    /// A lease that is to last so many seconds longer than it was written for was written by a
    /// wrong clock, and is taken over.
    package static let clockTolerance: Int64 = 300

    /// The outcome of an attempt to get a lease.
    package enum Attempt: Sendable {
        case acquired(Lease)
        case held(by: String, until: Int64)
    }

    /// Tries to get the lease `name` for `seconds`; does not wait.
    ///
    /// `holder` is shown to operators. Throws ``StorageError/conditionsIgnored`` on a store where
    /// leases cannot work.
    package static func acquire(
        _ name: String,
        for seconds: Int64,
        in store: any BlobStore,
        holder: String = Lease.processName,
        clock: @escaping @Sendable () -> Int64 = Lease.now
    ) throws(StorageError) -> Attempt {
        precondition((1...longest).contains(seconds), "a lease lasts from a second to a day")
        guard try store.honoursConditions() else { throw .conditionsIgnored }
        let key = try BlobKey("leases/\(name)")
        // Losing two rounds in a row means that other processes compete for it.
        var last = Record(holder: "somebody", fencing: 0, expiresAt: clock(), seconds: seconds)
        for _ in 0..<2 {
            let blob = try store.get(key)
            let current = blob.flatMap { Record(decoding: $0.bytes) }
            let remaining = (current?.expiresAt ?? 0) - clock()
            let isOfAnotherTime =
                remaining > (current?.seconds).map { $0 + clockTolerance } ?? longest
            if let current, remaining >= -skewAllowance, !isOfAnotherTime {
                return .held(by: current.holder, until: current.expiresAt)
            }
            let record = Record(
                holder: holder,
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
        return .held(by: last.holder, until: last.expiresAt)
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
        holder = record.holder
        fencing = record.fencing
        self.store = store
        self.key = key
        self.seconds = seconds
        self.clock = clock
        term = Mutex(Term(tag: tag, expiresAt: record.expiresAt))
    }

    /// When the lease ends unless it is renewed, in seconds since 1970.
    package var expiresAt: Int64 { term.withLock { $0.expiresAt } }

    /// Makes the lease last from now on.
    ///
    /// Throws ``StorageError/leaseLost(name:holder:)`` when it expired or another process holds it;
    /// any other error leaves it as it was, to be tried again before it expires.
    package func renew() throws(StorageError) {
        let result = term.withLock { term in
            Result { () throws(StorageError) in try renew(&term) }
        }
        try result.get()
    }

    private func renew(_ term: inout Term) throws(StorageError) {
        guard clock() < term.expiresAt else {
            throw .leaseLost(name: name, holder: "its expiry")
        }
        let record = Record(
            holder: holder,
            fencing: fencing,
            expiresAt: clock() + seconds,
            seconds: seconds
        )
        do throws(StorageError) {
            term.tag = try store.put(key, record.encoded(), if: .unchanged(term.tag))
        } catch .conditionFailed {
            // A renewal that seemed to fail may have been written: the number tells.
            guard let blob = try store.get(key), let found = Record(decoding: blob.bytes) else {
                throw .leaseLost(name: name, holder: "somebody")
            }
            guard found.fencing == fencing, found.expiresAt > 0 else {
                throw .leaseLost(name: name, holder: found.holder)
            }
            term.tag = try store.put(key, record.encoded(), if: .unchanged(blob.tag))
        }
        term.expiresAt = record.expiresAt
    }

    /// Writes what the lease guards, after renewing it: a holder that lost it writes nothing.
    ///
    /// `condition` is the version that this holder knows. It decides between the two that are left
    /// when this process is frozen after the renewal for longer than the lease lasts: the later
    /// write fails with ``StorageError/conditionFailed(key:)``.
    package func put(
        _ key: BlobKey,
        _ bytes: [UInt8],
        if condition: WriteCondition
    ) throws(StorageError) -> EntityTag {
        precondition(condition != .always, "a fenced write has a condition")
        try renew()
        return try store.put(key, bytes, if: condition)
    }

    /// Releases the lease at once; does nothing if it is lost already.
    package func release() throws(StorageError) {
        let tag = term.withLock { term in
            term.expiresAt = 0
            return term.tag
        }
        let record = Record(holder: holder, fencing: fencing, expiresAt: 0, seconds: seconds)
        do throws(StorageError) {
            try store.put(key, record.encoded(), if: .unchanged(tag))
        } catch .conditionFailed {
            return
        }
    }
}

extension Lease {
    /// The wall clock in seconds since 1970.
    package static let now: @Sendable () -> Int64 = { Timestamp.now.secondsSinceEpoch }

    /// This process, as operators see it: `host/pid`.
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
    let holder: String
    let fencing: Int64
    /// 0 after a release.
    let expiresAt: Int64
    /// For how long it was written; nil in those of 0.1.0.
    let seconds: Int64?

    init(holder: String, fencing: Int64, expiresAt: Int64, seconds: Int64?) {
        self.holder = holder
        self.fencing = fencing
        self.expiresAt = expiresAt
        self.seconds = seconds
    }

    /// Nil for bytes that are no lease, which are replaced like an expired one.
    init?(decoding bytes: [UInt8]) {
        guard let value = try? JSONValue(parsing: bytes), var fields = try? JSONFields(value),
            let holder = try? fields.string("holder"),
            let fencing = try? fields.integer("fencing", in: 0...(.max - 1)),
            let expiresAt = try? fields.integer("expiresAt", in: 0...Int64(1) << 52)
        else { return nil }
        let seconds = try? fields.integer("seconds", in: 1...Lease.longest)
        self.init(holder: holder, fencing: fencing, expiresAt: expiresAt, seconds: seconds)
    }

    /// A number of its own makes the bytes unique: on S3 equal bytes have equal tags, and a renewal
    /// in the same second would look like the version before it.
    func encoded() -> [UInt8] {
        let record: JSONValue = [
            "holder": .string(holder), "fencing": .integer(fencing),
            "expiresAt": .integer(expiresAt), "seconds": .integer(seconds ?? Lease.longest),
            "write": .string(String(UInt64.random(in: .min ... .max), radix: 36)),
        ]
        return Array(record.description.utf8)
    }
}
