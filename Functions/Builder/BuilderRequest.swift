import ConfiguredStorage
import Events
import FunctionRuntime
import Heartbeats
import JSON
import Linux
import MapBuilding
import RunRecords

/// One request to the builder.
struct BuilderRequest {
    private enum Work {
        case build(MapPublication)
        case rollback(MapRollback)
    }

    private let work: Work
    private let heartbeat: Heartbeat

    /// A rollback is requested alone: all other fields are about building.
    init(_ fields: inout JSONFields, _ environment: Environment) throws {
        let store = try openStore(environment)
        heartbeat = try Heartbeat(.builder, store, environment)
        if let region = try fields.string("rollback") {
            try fields.finish()
            work = .rollback(MapRollback(store: store, region: region))
            return
        }
        var settings = MapPublication.Settings()
        settings.regions = try fields.strings("regions")
        settings.allowsShrink = try fields.bool("allowShrink") ?? false
        if let percent = try fields.integer("lossLimitPercent", in: 0...100) {
            settings.rails.lossLimitPercent = Int(percent)
        }
        if let percent = try fields.integer("exclusionLimitPercent", in: 0...100) {
            settings.rails.exclusionLimitPercent = Int(percent)
        }
        settings.showsFolders = try environment.isOn(.browse)
        settings.isDryRun = try fields.bool("dryRun") ?? false
        settings.maximumAge =
            try fields.integer("maximumAgeDays", in: 1...365).map { $0 * 86_400 }
            ?? environment.seconds(.maximumAge)
        settings.removedSeconds = try environment.seconds(.removedDays)
        work = .build(MapPublication(store: store, settings: settings, now: .now))
    }

    /// Carries out the request.
    ///
    /// Dry runs, rollbacks and bad requests don't count for the schedule's heartbeat.
    func run() throws -> JSONValue {
        switch work {
        case .build(let publication) where publication.settings.isDryRun:
            return try publication.run()
        case .build(let publication):
            return try heartbeat.around { notes in
                try Self.classified { try publication.run(notes) }
            }
        case .rollback(let rollback):
            let result = try Self.classified { try rollback.run() }
            rollback.store.append(
                [
                    Event(
                        .rolledBack,
                        rollback.region,
                        at: .now,
                        by: "builder",
                        region: rollback.region
                    )
                ]
            )
            return result
        }
    }

    private static func classified(_ work: () throws -> JSONValue) throws -> JSONValue {
        do {
            return try work()
        } catch let error as MapBuildingError {
            switch error {
            case .shrunk, .excluded: throw FunctionError.guarded("\(error)")
            case .unknownRegion: throw FunctionError.badRequest("\(error)")
            case .noMap, .badMap, .unknownPath, .unknownMirror: throw error
            }
        }
    }
}
