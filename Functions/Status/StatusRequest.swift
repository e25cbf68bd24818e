import ConfiguredStorage
import FunctionRuntime
import Heartbeats
import JSON
import Linux
import Notices
import RunRecords
import StatusPages
import Time

/// One request to the status function.
struct StatusRequest {
    private let publication: StatusPublication
    private let heartbeat: Heartbeat
    private let notices: Notices?
    private let mirror: String?

    init(_ fields: inout JSONFields, _ environment: Environment) throws {
        mirror = try fields.string("mirror")
        var settings = StatusSettings()
        settings.title = environment[.statusTitle]
        settings.contact = environment[.statusContact] ?? ""
        settings.listLimit = try environment.number(.statusLists)
        if let url = environment[.statusURL] {
            settings.url = url.hasSuffix("/") ? url : "\(url)/"
        }
        if let seconds = try environment.integer(.runInterval) {
            settings.intervalSeconds = Int64(seconds)
        }
        let store = try openStore(environment)
        heartbeat = try Heartbeat(.status, store, environment)
        notices = try Notices(store: store, pages: settings.url, environment)
        publication = StatusPublication(
            store: store,
            settings: settings,
            now: .now,
            maximumAge: try environment.seconds(.maximumAge)
        )
    }

    /// Carries out the request.
    ///
    /// Reporting on one mirror does not count as a scheduled run.
    func run() throws -> JSONValue {
        guard let mirror else {
            return try heartbeat.around { try publication.run($0, telling: notices) }
        }
        guard let facts = try publication.facts(of: mirror) else {
            throw FunctionError.badRequest("there is no mirror \"\(mirror)\" in mirrors.json")
        }
        return facts
    }
}
