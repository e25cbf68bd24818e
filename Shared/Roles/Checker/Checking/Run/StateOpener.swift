import CheckPlanning
import CheckStates
import Mirrors
import ObjectStorage
import Time

/// Reads the states of an access point and of its relatives, in a job.
struct StateOpener: Sendable {
    let accessPoint: AccessPoint
    private let profile: AccessPointProfile
    private let relatives: [CheckRun.Relative]
    private let states: any CheckStateStoring
    private let policy: CheckPolicy
    private let isFromOutside: Bool
    private let now: Timestamp

    init(_ run: CheckRun, _ check: AccessPointCheck) {
        accessPoint = check.accessPoint
        profile = check.profile
        relatives = check.relatives
        states = run.states
        policy = run.policy
        isFromOutside = check.outsideFindings != nil
        now = run.clock.now
    }

    /// Whether the agenda does not suffice.
    ///
    /// A lease that was not released belonged to a checker that died: its last stored state may be
    /// newer than the agenda.
    func needsState(_ agenda: Agenda?, _ lease: Lease) -> Bool {
        guard let agenda, agenda.baseURL == accessPoint.baseURL, !isFromOutside, !lease.isTakenOver
        else { return true }
        return agenda.mustOpen(policy, now: now)
    }

    func open(with agenda: Agenda?) throws(StorageError) -> OpenedState {
        let loaded = try states.load(accessPoint)
        var visit = Visit(
            policy,
            state: loaded.state,
            agenda: agenda?.stateTag == loaded.tag ? agenda : nil,
            of: profile,
            now: now
        )
        for relative in relatives {
            let other = try states.load(relative.accessPoint).state
            visit.renew(from: other, as: relative.relation, now: now)
        }
        return OpenedState(visit: visit, condition: loaded.condition)
    }
}
