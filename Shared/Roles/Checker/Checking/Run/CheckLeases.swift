import Mirrors
package import ObjectStorage

/// The leases that let several checkers work at once, each access point being asked by one of them.
///
/// A checker has `leases/check-<access point id>` while it asks, renews it with every state that
/// it stores, and releases it at the end of a turn. The lease of a checker that was killed is taken
/// over after it expires.
///
/// A state is stored with `Lease.put(_:_:if:)` over the version that was read under the lease, so a
/// checker that lost its lease stores nothing. One gap remains: between the renewal and the
/// following write, a process may be frozen until the lease has expired and another has begun. If
/// it then writes before the other one does, its write stands, and the other one's first write
/// fails on its condition; if after, its own fails. So files may be asked for twice, but no stored
/// verdict is lost, and none is made from the answers of two checkers in the wrong order.
package struct CheckLeases: Sendable {
    private let store: any BlobStore
    let seconds: Int64
    private let clock: @Sendable () -> Int64

    /// `seconds` is how long a lease lasts without renewal, 1 to 86,400.
    package init(
        _ store: any BlobStore,
        seconds: Int64 = CheckSettings().leaseSeconds,
        clock: @escaping @Sendable () -> Int64 = Lease.now
    ) {
        self.store = store
        self.seconds = min(max(1, seconds), Lease.longest)
        self.clock = clock
    }

    /// The result of requesting a lease.
    enum Attempt {
        case acquired(Lease)
        /// It cannot expire before `seconds` have passed; try again then.
        case taken(by: String, seconds: Double)
    }

    func acquire(_ accessPoint: AccessPoint.ID) throws(StorageError) -> Attempt {
        switch try Lease.acquire("check-\(accessPoint)", for: seconds, in: store, clock: clock) {
        case .acquired(let lease): .acquired(lease)
        case .taken(let owner, let until):
            .taken(by: owner, seconds: Double(max(1, until + Lease.skewAllowance + 1 - clock())))
        }
    }

    /// The age at which a lease is renewed if no state is stored: a quarter of its duration, so
    /// that storage may fail for half of it.
    var renewalSeconds: Double { Double(seconds) / 4 }
}
