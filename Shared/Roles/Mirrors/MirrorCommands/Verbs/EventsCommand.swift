import Events
import FunctionRuntime
import JSON
import Mirrors
import ObjectStorage
import StatusFacts
import Time

/// `mirrors events`: what happened, including operators' commands.
struct EventsCommand {
    let reader: FactsReader
    let arguments: CommandArguments
    let ids: [Mirror.ID]

    func run() throws -> CommandResult {
        let since = try moment("--since") ?? reader.now.advanced(bySeconds: -86_400)
        let until = try moment("--until")
        var events = try reader.events(since: since)
        if let until { events.removeAll { $0.at > until } }
        if let kind = arguments.value("--kind") { events.removeAll { $0.kind.rawValue != kind } }
        if let name = arguments.operands.first {
            let id = try MirrorName.mirror(name, among: ids)
            events.removeAll { !$0.isAbout(id) }
        }
        var table = TextTable(["WHEN", "BY", "WHAT"])
        for event in events {
            table.add([event.at.dateText, event.by, event.sentence])
        }
        return CommandResult(
            events.isEmpty ? "nothing was noted since \(since.dateText)" : table.text,
            ["events": .array(events.map(\.json))]
        )
    }

    private func moment(_ option: String) throws(FunctionError) -> Timestamp? {
        guard let text = arguments.value(option) else { return nil }
        guard let moment = TimeText.moment(text, now: reader.now) else {
            throw .badRequest(
                "\(option): expected a time in UTC such as 14:00, 2h, 3d, 2026-12-01 or "
                    + "2026-12-01T14:00, found \"\(text)\""
            )
        }
        return moment
    }
}
