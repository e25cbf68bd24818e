import Mirrors
package import ObjectStorage

/// The leases that let several Checkers work at once: each access point is asked by one of them.
///
/// A Checker holds `leases/check-<access point id>` while it asks there, renews it with every state
/// that it stores, and lets it go when the access point is put aside. The lease of a Checker that
/// was killed is taken over when it has run out.
///
/// A state is stored by `Lease.put(_:_:if:)` over the version that was read under the lease, so a
/// Checker whose lease is lost stores nothing. One gap is left: between the renewal and the write
/// that follows it a process may be frozen until the lease has run out and another has begun. If it
/// then writes before the other one does, its write stands, and the other one's first write fails
/// on its condition; if after, its own fails. So files may be asked about twice, but no verdict is
/// lost that was stored, and none is made of the answers of two Checkers in the wrong order.
package struct CheckLeases: Sendable {
    private let store: any BlobStore
    let seconds: Int64
    private let clock: @Sendable () -> Int64

    /// `seconds` is how long a lease lasts without being renewed, 1 to 86,400.
    package init(
        _ store: any BlobStore,
        seconds: Int64 = CheckSettings().leaseSeconds,
        clock: @escaping @Sendable () -> Int64 = Lease.now
    ) {
        self.store = store
        self.seconds = min(max(1, seconds), Lease.longest)
        self.clock = clock
    }

    /// What came of asking for a lease.
    enum Attempt {
        case acquired(Lease)
        /// To be tried again after `seconds`: earlier it cannot have run out.
        case held(by: String, seconds: Double)
    }

    func acquire(_ accessPoint: AccessPoint.ID) throws(StorageError) -> Attempt {
        switch try Lease.acquire("check-\(accessPoint)", for: seconds, in: store, clock: clock) {
        case .acquired(let lease): .acquired(lease)
        case .held(let holder, let until):
            .held(by: holder, seconds: Double(max(1, until + Lease.skewAllowance + 1 - clock())))
        }
    }

    /// The age at which a lease is renewed where no state is stored: a quarter of its time, so that
    /// storage may fail for half of it.
    var renewalSeconds: Double { Double(seconds) / 4 }
}
