import FunctionRuntime
package import Mirrors
package import ObjectStorage

/// Storage for check states: a seam where a simulation keeps them in memory.
package protocol CheckStateStoring: Sendable {
    /// The state of an access point; an empty one if there is none.
    func load(_ accessPoint: AccessPoint) throws(StorageError) -> CheckStateStore.Loaded

    /// Replaces the state that was read as `loaded`, as the owner of `lease`.
    ///
    /// Throws ``StorageError/leaseLost(name:owner:)`` if the lease was lost, and
    /// ``StorageError/conditionFailed(key:)`` if another checker wrote in between.
    func save(
        _ loaded: inout CheckStateStore.Loaded,
        under lease: Lease
    ) throws(StorageError)

    /// The agenda of an access point; none if it does not exist or is unreadable.
    func loadAgenda(
        of accessPoint: AccessPoint
    ) throws(StorageError) -> CheckStateStore.LoadedAgenda

    /// Replaces the agenda that was read as `loaded`; does nothing if there is none.
    ///
    /// Throws ``StorageError/conditionFailed(key:)`` if another checker wrote in between.
    func saveAgenda(_ loaded: inout CheckStateStore.LoadedAgenda) throws(StorageError)
}

/// The check states in storage, one blob each.
///
/// Access points with the same base URL share one state, under the canonical id.
package struct CheckStateStore: CheckStateStoring {
    private let store: any BlobStore
    private let groups: AccessPointGroups

    package init(_ store: any BlobStore, groups: AccessPointGroups = AccessPointGroups()) {
        self.store = store
        self.groups = groups
    }

    /// A state with the version that was read, so that two checkers never overwrite each other.
    package struct Loaded: Sendable {
        package var state: CheckState
        package var condition: WriteCondition

        package init(state: CheckState, condition: WriteCondition) {
            self.state = state
            self.condition = condition
        }

        /// The version as an agenda names it; empty if there is none.
        package var tag: String {
            if case .unchanged(let tag) = condition { tag.text } else { "" }
        }
    }

    /// An agenda, if there is one, with the version that was read.
    package struct LoadedAgenda: Sendable {
        package var agenda: Agenda?
        package var condition: WriteCondition

        package init(agenda: Agenda?, condition: WriteCondition) {
            self.agenda = agenda
            self.condition = condition
        }
    }

    /// A state that is unreadable, or was made at another base URL, is logged and ignored: it can
    /// be made again by asking, and stopping would leave the access point unchecked forever.
    ///
    /// If there is none, the state of another access point with the same base URL is continued, or
    /// that of 0.1.0, so that no mirror is asked for everything again.
    package func load(_ accessPoint: AccessPoint) throws(StorageError) -> Loaded {
        let id = groups.canonical(of: accessPoint.id)
        let ids = [id] + groups.aliases(of: id)
        for (number, key) in (ids.map(CheckState.key) + ids.map(CheckState.formerKey)).enumerated()
        {
            let key = try BlobKey(key)
            guard let blob = try store.get(key) else { continue }
            let condition = number == 0 ? WriteCondition.unchanged(blob.tag) : .absent
            guard let state = decoded(blob, key, ids[number % ids.count], accessPoint.baseURL)
            else {
                if number == 0 { return Loaded(state: empty(accessPoint), condition: condition) }
                continue
            }
            return Loaded(state: state.relabelled(accessPoint.id), condition: condition)
        }
        return Loaded(state: empty(accessPoint), condition: .absent)
    }

    private func empty(_ accessPoint: AccessPoint) -> CheckState {
        CheckState(accessPointID: accessPoint.id, baseURL: accessPoint.baseURL)
    }

    /// Nil if the blob is unreadable, or belongs to another URL.
    private func decoded(
        _ blob: Blob,
        _ key: BlobKey,
        _ id: AccessPoint.ID,
        _ baseURL: String
    ) -> CheckState? {
        do {
            let state = try CheckState(decoding: blob.bytes)
            guard state.accessPointID == id, state.baseURL == baseURL else {
                Log.warning(
                    "check state of another URL ignored",
                    ["key": key, "madeAt": state.baseURL, "now": baseURL]
                )
                return nil
            }
            return state
        } catch {
            Log.warning("check state unreadable, ignored", ["key": key, "reason": error])
            return nil
        }
    }

    package func save(_ loaded: inout Loaded, under lease: Lease) throws(StorageError) {
        let id = groups.canonical(of: loaded.state.accessPointID)
        let key = try BlobKey(CheckState.key(of: id))
        let blob = loaded.state.relabelled(id).encoded()
        let tag = try lease.put(key, blob, if: loaded.condition)
        loaded.condition = .unchanged(tag)
    }

    /// An unreadable agenda counts as none, which only costs reading the state.
    package func loadAgenda(of accessPoint: AccessPoint) throws(StorageError) -> LoadedAgenda {
        let key = try BlobKey(Agenda.key(of: groups.canonical(of: accessPoint.id)))
        guard let blob = try store.get(key) else {
            return LoadedAgenda(agenda: nil, condition: .absent)
        }
        let condition = WriteCondition.unchanged(blob.tag)
        do {
            let agenda = try Agenda(decoding: blob.bytes)
            return LoadedAgenda(agenda: agenda, condition: condition)
        } catch {
            Log.warning("agenda unreadable, ignored", ["key": key, "reason": error])
            return LoadedAgenda(agenda: nil, condition: condition)
        }
    }

    package func saveAgenda(_ loaded: inout LoadedAgenda) throws(StorageError) {
        guard let agenda = loaded.agenda else { return }
        let key = try BlobKey(Agenda.key(of: groups.canonical(of: agenda.accessPointID)))
        let tag = try store.put(key, agenda.encoded(), if: loaded.condition)
        loaded.condition = .unchanged(tag)
    }
}
