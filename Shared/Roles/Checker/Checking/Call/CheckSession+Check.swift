import Catalogs
import CheckPlanning
import CheckStates
import FunctionRuntime
import HealthFormat
import HealthStorage
import MirrorStorage
import Mirrors
import ObjectStorage
import RunRecords

/// The part of a session that checks files.
extension CheckSession {
    /// Checks the access points in scope that the probe found up.
    func check(
        _ scope: CheckScope,
        probed results: [AccessPoint.ID: HealthProbe.Result],
        against catalog: Catalog,
        through transport: any Transport,
        under claim: Claim,
        after earlier: CheckLines
    ) throws -> CheckReport {
        let suspects = try scope.suspects(among: store.suspects(now: clock.now))
        let targets = scope.spoken(transport).map { number, accessPoint in
            // A server that timed out twice is not asked 150,000 questions; one that lacks files
            // is.
            let result = results[accessPoint.id]
            let isSilent = result?.isUp == false && result?.latencyMilliseconds == nil
            return CheckRun.Target(
                number: number,
                profile: scope.profile(of: accessPoint),
                restReason: isSilent ? "down: \(result?.outage?.sentence ?? "no answer")" : nil,
                wasRefused: earlier[accessPoint.id]?.answers.refusedStatus != nil,
                isSuspect: suspects.contains(accessPoint.id),
                relatives: scope.relatives(of: accessPoint)
            )
        }
        let run = CheckRun(
            targets: targets,
            policy: try policy(catalog),
            transport: transport,
            states: CheckStateStore(store, groups: scope.groups),
            leases: CheckLeases(store, seconds: request.settings.leaseSeconds, clock: leaseClock),
            settings: request.settings,
            clock: clock,
            watch: try watch(claim),
            health: HealthExchange(
                HealthStore(store, against: contention),
                scope
            ),
            progress: Progress(screen: screen),
            launcher: launcher,
            shouldStop: shouldStop
        )
        return try run.run()
    }

    func policy(_ catalog: Catalog) throws(MirrorStorageError) -> CheckPolicy {
        CheckPolicy(
            catalog: catalog,
            classes: try store.fileClasses(),
            settings: request.settings.policy
        )
    }

    /// Checks `catalog/current` for a newer generation, and renews the claim.
    ///
    /// Failures are only logged: the run continues with its catalog, and tries again.
    private func watch(_ claim: Claim) throws(MirrorStorageError) -> CatalogWatch {
        let (store, settings) = (store, request.settings.policy)
        let classes = try store.fileClasses()
        return CatalogWatch { generation in
            claim.renew()
            do {
                let catalogs = CatalogStore(store)
                let newest = try catalogs.current().generation
                guard newest > generation else { return nil }
                let policy = CheckPolicy(
                    catalog: try catalogs.catalog(generation: newest),
                    classes: classes,
                    settings: settings
                )
                policy.prepare()
                return policy
            } catch {
                Log.warning("newer catalog unreadable", ["reason": error])
                return nil
            }
        }
    }
}
