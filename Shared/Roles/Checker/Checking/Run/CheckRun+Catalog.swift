import Catalogs
import CheckPlanning
import FunctionRuntime

// Handles a catalog that is published during the run.
extension CheckRun {
    /// Starts a job that looks for a newer catalog, if it is time.
    func lookForCatalog() {
        guard let watch, executor.hasRoom, clock.elapsed >= nextCatalogLookAt else { return }
        nextCatalogLookAt = .infinity
        let generation = policy.generation
        executor.submit { .catalog(watch.newer(generation)) }
    }

    /// Continues with a newer catalog: its new files come next, everywhere.
    func adopt(_ newer: CheckPolicy?) {
        nextCatalogLookAt = clock.elapsed + CatalogWatch.intervalSeconds
        guard let newer, newer.generation > policy.generation, !isFinishing
        else { return }
        replacePolicy(newer)
        transport.expect(newer.catalog)
        Log.info("newer catalog loaded", ["generation": newer.generation])
        let now = clock.now
        for check in checks {
            check.turnNotBefore = 0
            guard let turn = check.stage.turn else { continue }
            if turn.visit != nil {
                turn.change(at: clock.elapsed) { $0.adopt(newer, now: now) }
            } else if check.stage.askingTurn != nil {
                // The agenda belongs to the catalog before.
                send(.end(.loading), to: check)
            }
        }
        nextLookAt = clock.elapsed
    }
}
