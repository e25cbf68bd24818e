import ConfiguredStorage
package import FunctionRuntime
import Heartbeats
package import JSON
import Linux
package import Mirrors
import Notices
import RunRecords
package import Time

/// One request to the status function.
package struct StatusRequest {
    /// The mirror to report on; nil to publish the pages.
    package let mirror: Mirror.ID?
    package let settings: StatusSettings
    private let publication: StatusPublication
    private let heartbeat: Heartbeat
    private let notices: Notices?

    /// Reads the request and the environment; does no I/O on the store.
    ///
    /// Throws what names the field or the variable that is wrong.
    package init(
        _ fields: inout JSONFields,
        _ environment: Environment,
        now: Timestamp = .now
    ) throws {
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
            now: now,
            maximumAge: try environment.seconds(.maximumAge)
        )
        self.settings = settings
    }

    /// Carries out the request, and returns the result line.
    ///
    /// Reporting on one mirror does not count as a scheduled run. Throws
    /// `FunctionError.badRequest` for a mirror that does not exist.
    package func run() throws -> JSONValue {
        guard let mirror else {
            return try heartbeat.around { try publication.run($0, telling: notices) }
        }
        guard let facts = try publication.facts(of: mirror) else {
            throw FunctionError.badRequest("there is no mirror \"\(mirror)\" in mirrors.json")
        }
        return facts
    }
}
