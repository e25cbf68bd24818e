import ConfiguredStorage
import FunctionRuntime
import JSON
import Linux
import MapBuilding

/// What the Builder is asked to do.
enum BuilderRequest {
    case build(MapPublication)
    case rollback(MapRollback)

    /// A rollback is asked for alone: what else a request may say is about building.
    init(_ fields: inout JSONFields, _ environment: Environment) throws {
        let store = try openStore(environment)
        if let region = try fields.string("rollback") {
            try fields.finish()
            self = .rollback(MapRollback(store: store, region: region))
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
        settings.isDryRun = try fields.bool("dryRun") ?? false
        let days =
            try fields.integer("maximumAgeDays", in: 1...365)
            ?? environment.integer(.maximumAge).map { Int64($0) }
        if let days { settings.maximumAge = days * 86_400 }
        self = .build(MapPublication(store: store, settings: settings, now: .now))
    }

    func run() throws -> JSONValue {
        switch self {
        case .build(let publication): try publication.run()
        case .rollback(let rollback): try rollback.run()
        }
    }
}
