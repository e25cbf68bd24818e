import FunctionRuntime
import Histories
import JSON
import Mirrors
import StatusFacts
import Time

/// `mirrors list`: a line for each mirror.
struct ListCommand {
    let facts: DeploymentFacts
    let arguments: CommandArguments
    /// The latest 24 hours.
    let day: History

    /// Longer names are truncated in the table.
    private static let nameLimit = 32

    func run() throws(FunctionError) -> CommandResult {
        if let region = arguments.value("--region"),
            !facts.regions.contains(where: { $0.id == region })
        {
            let known = facts.regions.map(\.id).joined(separator: ", ")
            throw .badRequest("--region: expected one of \(known), found \"\(region)\"")
        }
        let chosen = facts.mirrors.filter(isChosen)
        var table = TextTable(
            ["ID", "NAME", "STATE", "SINCE", "COMPLETE", "BEHIND", "UP 24 H", "WHY"],
            rightAligned: [4, 5, 6]
        )
        for mirror in chosen {
            table.add([
                mirror.id, Self.short(mirror.mirror.name),
                "\(mirror.verdict.word.glyph) \(mirror.verdict.word.text)",
                mirror.verdict.since?.dateText ?? "",
                mirror.isPartial ? "partial" : mirror.completeness?.percentText ?? "",
                mirror.behindSeconds(now: facts.now)?.durationText ?? "",
                uptime(of: mirror)?.percentText ?? "", mirror.verdict.sentence,
            ])
        }
        let problems = facts.mirrors.count { $0.verdict.word.isProblem }
        let summary =
            "\(chosen.count) of \(facts.mirrors.count) mirrors; \(problems) with a problem"
        return CommandResult(
            chosen.isEmpty ? summary : "\(table.text)\n\(summary)",
            ["mirrors": .array(chosen.map(json))]
        )
    }

    /// The fraction of 24 hours in which one of its URLs was up; nil if it was not probed.
    private func uptime(of mirror: MirrorFacts) -> Double? {
        day.uptime(of: mirror.clientPointIDs, days: 1)
    }

    private func json(of mirror: MirrorFacts) -> JSONValue {
        let summary = MirrorJSON.summary(of: mirror, now: facts.now)
        guard case .object(var object) = summary else { return summary }
        let share = uptime(of: mirror).map(MirrorJSON.rounded)
        object["upOfDay"] = share.map { .number($0) } ?? .null
        return .object(object)
    }

    private static func short(_ name: String) -> String {
        name.count > nameLimit ? "\(name.prefix(nameLimit - 1))…" : name
    }

    /// All given filters must match.
    private func isChosen(_ mirror: MirrorFacts) -> Bool {
        let word = mirror.verdict.word
        if arguments.has("--problems"), !word.isProblem { return false }
        if arguments.has("--down"),
            ![.down, .refusesUs, .notItself, .partlyDown].contains(word)
        {
            return false
        }
        if arguments.has("--unused"), mirror.ranks.contains(where: { $0.rank != nil }) {
            return false
        }
        if arguments.has("--behind"), mirror.behindSince == nil { return false }
        if arguments.has("--disabled"), word != .disabled { return false }
        if let state = arguments.value("--state"), word.rawValue != state { return false }
        if let country = arguments.value("--country"),
            mirror.mirror.country.letters != country.uppercased()
        {
            return false
        }
        guard let region = arguments.value("--region") else { return true }
        return mirror.mirror.region == region
    }
}
