import CheckStates
import Mirrors
import ObjectStorage
import Synchronization
import TestSupport

/// Storage that keeps check states in memory, and that can fail.
final class SimulatedStore: CheckStateStoring {
    /// Leases and other small blobs.
    let blobs: FailingStore
    private let states: Mutex<[AccessPoint.ID: MapBoard.VersionedState]>

    private let agendas: Mutex<[AccessPoint.ID: Agenda]>

    init() {
        blobs = FailingStore()
        states = Mutex([:])
        agendas = Mutex([:])
    }

    var isFailing: Bool {
        get { blobs.isFailing }
        set { blobs.isFailing = newValue }
    }

    private func refuse() throws(StorageError) {
        if blobs.isFailing { throw FailingStore.failure }
    }

    func load(_ accessPoint: AccessPoint) throws(StorageError) -> CheckStateStore.Loaded {
        try refuse()
        let stored = states.withLock { $0[accessPoint.id] }
        guard let stored, stored.state.baseURL == accessPoint.baseURL else {
            return CheckStateStore.Loaded(
                state: CheckState(accessPointID: accessPoint.id, baseURL: accessPoint.baseURL),
                condition: stored.map { .unchanged(EntityTag("\($0.version)")) } ?? .absent
            )
        }
        return CheckStateStore.Loaded(
            state: stored.state,
            condition: .unchanged(EntityTag("\(stored.version)"))
        )
    }

    func loadAgenda(
        of accessPoint: AccessPoint
    ) throws(StorageError) -> CheckStateStore.LoadedAgenda {
        try refuse()
        let agenda = agendas.withLock { $0[accessPoint.id] }
        return CheckStateStore.LoadedAgenda(agenda: agenda, condition: .always)
    }

    /// Runs of one simulation follow one another: nothing is written in between.
    func saveAgenda(_ loaded: inout CheckStateStore.LoadedAgenda) throws(StorageError) {
        try refuse()
        guard let agenda = loaded.agenda else { return }
        agendas.withLock { $0[agenda.accessPointID] = agenda }
    }

    func save(
        _ loaded: inout CheckStateStore.Loaded,
        under lease: Lease
    ) throws(StorageError) {
        try refuse()
        try lease.renew()
        let state = loaded.state
        let condition = loaded.condition
        let version: Int? = states.withLock { states in
            let current = states[state.accessPointID]?.version
            let isAllowed =
                switch condition {
                case .always: true
                case .absent: current == nil
                case .unchanged(let tag): current.map { EntityTag("\($0)") } == tag
                }
            guard isAllowed else { return nil }
            let version = (current ?? 0) + 1
            states[state.accessPointID] = .init(state: state, version: version)
            return version
        }
        guard let version else {
            throw .conditionFailed(key: CheckState.key(of: state.accessPointID))
        }
        loaded.condition = .unchanged(EntityTag("\(version)"))
    }

    // MARK: - For readers that are not simulated

    /// All states and agendas of one moment.
    struct Snapshot: Sendable {
        let states: [AccessPoint.ID: MapBoard.VersionedState]
        let agendas: [AccessPoint.ID: Agenda]
    }

    /// What is stored now, without copies; the next write copies the tables, not the states.
    func snapshot() -> Snapshot {
        Snapshot(states: states.withLock { $0 }, agendas: agendas.withLock { $0 })
    }
}

/// A store in memory whose operations all fail while this is switched on.
final class FailingStore: WrappedStore {
    let base = InMemoryStore()
    private let failing = Atomic(false)

    static let failure = StorageError.unavailable(
        operation: "do anything",
        reason: "it is simulated to be down",
        attempts: 1
    )

    var isFailing: Bool {
        get { failing.load(ordering: .relaxed) }
        set { failing.store(newValue, ordering: .relaxed) }
    }

    func before(_ operation: StoreOperation, _ key: String) throws(StorageError) {
        if isFailing { throw Self.failure }
    }
}
