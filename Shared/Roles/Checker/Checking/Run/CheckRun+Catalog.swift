import Catalogs
import FunctionRuntime

// A catalog that is published while the run goes on.
extension CheckRun {
    /// Has a job look for a newer catalog when it is time to.
    func lookForCatalog() {
        guard let watch, executor.hasRoom, clock.elapsed >= nextCatalogLookAt else { return }
        nextCatalogLookAt = .infinity
        let (generation, settings) = (edition.catalog.generation, settings)
        executor.submit {
            .catalog(watch.newer(generation).map { Edition($0, settings: settings) })
        }
    }

    /// Goes on with a newer catalog: its new files come next, everywhere.
    func adopt(_ newer: Edition?) {
        nextCatalogLookAt = clock.elapsed + CatalogWatch.intervalSeconds
        guard let newer, newer.catalog.generation > edition.catalog.generation else { return }
        let generation = edition.catalog.generation
        edition = newer
        transport.expect(newer.catalog)
        let changed = changedFiles(since: generation)
        Log.info(
            "a newer catalog",
            ["generation": newer.catalog.generation, "changed": changed.count]
        )
        for check in checks {
            check.survey?.due[WorkOrder.Phase.fresh.rawValue] += changed.count
            for id in changed { check.settled.remove(id) }
            if check.stage.askingTurn != nil { send(.end(.waiting), to: check) }
        }
        nextLookAt = clock.elapsed
    }

    /// The files that are new or changed since a generation.
    func changedFiles(since generation: UInt32) -> [FileID] {
        guard generation < edition.catalog.generation else { return [] }
        return edition.catalog.ids.filter {
            edition.catalog.isLive($0) && edition.catalog.changedIn($0) > generation
        }
    }
}
