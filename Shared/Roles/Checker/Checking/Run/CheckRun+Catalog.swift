import Catalogs
import CheckPlanning
import FunctionRuntime

// A catalog that is published while the run goes on.
extension CheckRun {
    /// Has a job look for a newer catalog when it is time to.
    func lookForCatalog() {
        guard let watch, executor.hasRoom, clock.elapsed >= nextCatalogLookAt else { return }
        nextCatalogLookAt = .infinity
        let generation = policy.generation
        executor.submit { .catalog(watch.newer(generation)) }
    }

    /// Goes on with a newer catalog: its new files come next, everywhere.
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
                // The agenda is of the catalog before.
                send(.end(.loading), to: check)
            }
        }
        nextLookAt = clock.elapsed
    }
}
