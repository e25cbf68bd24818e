import BlobFormat
package import CheckStates
import FunctionRuntime
package import Mirrors
package import ObjectStorage

/// Where check states are kept: the seam behind which a simulation keeps them as they are.
package protocol CheckStateStoring: Sendable {
    /// The state of an access point; an empty one where there is none.
    func load(_ accessPoint: AccessPoint) throws(StorageError) -> CheckStateStore.Loaded

    /// Reads the state again where it is no longer the version that `loaded` was read as.
    func refresh(
        _ loaded: inout CheckStateStore.Loaded,
        of accessPoint: AccessPoint
    ) throws(StorageError)

    /// Replaces the state that `loaded` was read as, as the holder of `lease`.
    ///
    /// Throws ``StorageError/leaseLost(name:holder:)`` where the lease is not held any more, and
    /// ``StorageError/conditionFailed(key:)`` where another Checker wrote meanwhile.
    func save(
        _ loaded: inout CheckStateStore.Loaded,
        holding lease: Lease
    ) throws(StorageError)
}

/// The check states in storage, a blob each.
package struct CheckStateStore: CheckStateStoring {
    private let store: any BlobStore

    package init(_ store: any BlobStore) {
        self.store = store
    }

    /// A state and the version it was read as, so that two Checkers never overwrite each other.
    package struct Loaded: Sendable {
        package var state: CheckState
        package var condition: WriteCondition

        package init(state: CheckState, condition: WriteCondition) {
            self.state = state
            self.condition = condition
        }
    }

    /// A state that cannot be read, or was made at another base URL, is logged and counts as none: it
    /// can be made again by asking, and stopping would leave the access point unchecked for ever.
    package func load(_ accessPoint: AccessPoint) throws(StorageError) -> Loaded {
        let key = try BlobKey(CheckState.key(of: accessPoint.id))
        let empty = CheckState(accessPointID: accessPoint.id, baseURL: accessPoint.baseURL)
        guard let blob = try store.get(key) else { return Loaded(state: empty, condition: .absent) }
        return decoded(blob, key, accessPoint, empty)
    }

    package func refresh(
        _ loaded: inout Loaded,
        of accessPoint: AccessPoint
    ) throws(StorageError) {
        guard case .unchanged(let tag) = loaded.condition else {
            loaded = try load(accessPoint)
            return
        }
        let key = try BlobKey(CheckState.key(of: accessPoint.id))
        let empty = CheckState(accessPointID: accessPoint.id, baseURL: accessPoint.baseURL)
        switch try store.get(key, ifChangedFrom: tag) {
        case .unchanged: return
        case .absent: loaded = Loaded(state: empty, condition: .absent)
        case .changed(let blob): loaded = decoded(blob, key, accessPoint, empty)
        }
    }

    private func decoded(
        _ blob: Blob,
        _ key: BlobKey,
        _ accessPoint: AccessPoint,
        _ empty: CheckState
    ) -> Loaded {
        let condition = WriteCondition.unchanged(blob.tag)
        do {
            let state = try CheckState(decoding: blob.bytes)
            guard state.accessPointID == accessPoint.id, state.baseURL == accessPoint.baseURL else {
                Log.warning(
                    "a check state of another place counts as none",
                    ["key": key, "madeAt": state.baseURL, "now": accessPoint.baseURL]
                )
                return Loaded(state: empty, condition: condition)
            }
            return Loaded(state: state, condition: condition)
        } catch {
            Log.warning("an unreadable check state counts as none", ["key": key, "reason": error])
            return Loaded(state: empty, condition: condition)
        }
    }

    package func save(_ loaded: inout Loaded, holding lease: Lease) throws(StorageError) {
        let key = try BlobKey(CheckState.key(of: loaded.state.accessPointID))
        let tag = try lease.put(key, loaded.state.encoded(), if: loaded.condition)
        loaded.condition = .unchanged(tag)
    }
}
