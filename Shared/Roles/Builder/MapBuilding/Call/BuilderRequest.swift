import ConfiguredStorage
import Events
package import FunctionRuntime
import Heartbeats
package import JSON
import Linux
import RunRecords
package import Time

/// One request to the builder.
package struct BuilderRequest {
    /// What a request asks for.
    package enum Work {
        case build(MapPublication)
        case rollback(MapRollback)
    }

    package let work: Work
    private let heartbeat: Heartbeat

    /// Reads the request, and from the environment what it leaves out; does no I/O on the store.
    ///
    /// A rollback is requested alone: all other fields are about building. Throws what names the
    /// field or the variable that is wrong.
    package init(
        _ fields: inout JSONFields,
        _ environment: Environment,
        now: Timestamp = .now
    ) throws {
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
        work = .build(MapPublication(store: store, settings: settings, now: now))
    }

    /// Carries out the request, and returns the result line.
    ///
    /// Dry runs and rollbacks don't count for the schedule's heartbeat. Throws
    /// `FunctionError.guarded` for a map that a guard rail refused, and
    /// `FunctionError.badRequest` for a region that does not exist.
    package func run() throws -> JSONValue {
        switch work {
        case .build(let publication) where publication.settings.isDryRun:
            return try Self.classified { try publication.run() }.json
        case .build(let publication):
            return try heartbeat.around { notes in
                try Self.classified { try publication.run(notes) }
            }.json
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

    /// Gives the errors that have an exit status of their own their kind.
    private static func classified<Result>(_ work: () throws -> Result) throws -> Result {
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
