import FunctionRuntime
import JSON
import Mirrors
import ObjectStorage

/// The claim of a run to be the one that checks everything, kept as the lease `run-check`.
///
/// A call whose only purpose is to have a new file checked soon can then end at once.
///
/// It protects nothing: two checks of everything share the work through the leases of access
/// points.
struct Claim: Sendable {
    private let lease: Lease?
    /// The call that is already checking everything; nil if there is none.
    private let rival: String?

    /// How long it outlives a run that was killed, in seconds.
    private static let seconds: Int64 = 120

    /// Takes the claim if the request is for everything and nobody else has it.
    init(
        _ request: CheckRequest,
        _ store: any BlobStore,
        _ clock: @escaping @Sendable () -> Int64
    ) throws(StorageError) {
        guard request.mode == .check, request.isWhole, request.fanOut == nil else {
            (lease, rival) = (nil, nil)
            return
        }
        let name = "run-check" + (request.share.map { "-\($0.own)" } ?? "")
        switch try Lease.acquire(name, for: Self.seconds, in: store, clock: clock) {
        case .acquired(let lease): (self.lease, rival) = (lease, nil)
        case .taken(let owner, _): (lease, rival) = (nil, owner)
        }
    }

    /// The result of a superfluous call; nil if no other run has the claim.
    var runningResult: JSONValue? {
        guard let rival else { return nil }
        Log.info("check already running", ["holder": rival])
        return [
            "mode": "check", "ending": "already running", "holder": .string(rival),
            "accessPoints": [],
        ]
    }

    func renew() {
        do throws(StorageError) {
            try lease?.renew()
        } catch {
            Log.warning("run claim not renewed", ["reason": error])
        }
    }

    func release() {
        do throws(StorageError) {
            try lease?.release()
        } catch {
            Log.warning("run claim not released", ["reason": error])
        }
    }
}
