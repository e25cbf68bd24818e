import CheckPlanning
import FunctionRuntime
import HealthFormat
import HealthStorage
import Mirrors
import ObjectStorage
import Synchronization
import Time

extension HealthExchange {
    /// Publishes doubts in the blob `health` for every access point that lists the same URL, and
    /// returns what probes and the checks of twins wrote there.
    ///
    /// A probe's doubt stays until the run was told of it, because only a check can narrow or lift
    /// it. Failures are logged, and the run tries again.
    init(_ store: HealthStore, _ scope: CheckScope) {
        let ids = scope.accessPoints.map(\.id)
        let (groups, existing) = (scope.groups, scope.existing)
        let told = ToldDoubts()
        self.init { changed, policy, now in
            let doubts = changed.mapValues { $0.map(policy.health) }
            do throws(StorageError) {
                let health =
                    doubts.isEmpty
                    ? try store.read()
                    : try store.update(now: now) { health in
                        health.doubts = health.doubts.filter { existing.contains($0.key) }
                        for (id, doubt) in doubts {
                            let listed = [id] + groups.aliases(of: id)
                            guard told.isAwaited(id, in: health) else {
                                for id in listed { health.doubts[id] = doubt }
                                continue
                            }
                            // Until the run learns of the probe's doubt, its own may only widen it.
                            guard doubt?.scope == .whole else { continue }
                            for id in listed { health.doubts[id]?.scope = .whole }
                        }
                    }
                told.note(ids, in: health)
                return health.news(for: ids, groups)
            } catch {
                Log.warning("doubts not published yet", ["reason": error])
                return nil
            }
        }
    }
}

extension Health {
    fileprivate func news(
        for ids: [AccessPoint.ID],
        _ groups: AccessPointGroups
    ) -> HealthExchange.News {
        var news: HealthExchange.News = [:]
        for id in ids {
            guard let outsideFindings = outsideFindings(about: id, twin: groups.twin(of: id)) else {
                continue
            }
            news[id] = OutsideFindings(outsideFindings.findings, since: outsideFindings.since)
        }
        return news
    }
}

/// Which of the probes' doubts a run was told of.
private final class ToldDoubts: Sendable {
    private let told = Mutex<[AccessPoint.ID: Timestamp]>([:])

    /// Whether a probe wrote a doubt that the run does not know of.
    func isAwaited(_ id: AccessPoint.ID, in health: Health) -> Bool {
        guard let doubt = health.doubts[id], doubt.awaitsCheck else { return false }
        return told.withLock { $0[id] != doubt.since }
    }

    func note(_ ids: [AccessPoint.ID], in health: Health) {
        told.withLock { told in
            for id in ids {
                guard let doubt = health.doubts[id], doubt.awaitsCheck else { continue }
                told[id] = doubt.since
            }
        }
    }
}
