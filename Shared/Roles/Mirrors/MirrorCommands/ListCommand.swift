import FunctionRuntime
import JSON
import Mirrors
import StatusFacts
import Time

/// `mirrors list`: a line for each mirror.
struct ListCommand {
    let facts: DeploymentFacts
    let arguments: CommandArguments

    func run() throws(FunctionError) -> CommandResult {
        if let region = arguments.value("--region"),
            !facts.regions.contains(where: { $0.id == region })
        {
            let known = facts.regions.map(\.id).joined(separator: ", ")
            throw .badRequest("--region: expected one of \(known), found \"\(region)\"")
        }
        let chosen = facts.mirrors.filter(isChosen)
        var table = TextTable(
            ["ID", "STATE", "SINCE", "COMPLETE", "BEHIND", "WHY"],
            rightAligned: [3, 4]
        )
        for mirror in chosen {
            table.add([
                mirror.id, "\(mirror.verdict.word.glyph) \(mirror.verdict.word.text)",
                mirror.verdict.since?.dateText ?? "",
                mirror.isPartial ? "partial" : mirror.completeness?.percentText ?? "",
                mirror.behindSeconds(now: facts.now)?.durationText ?? "",
                mirror.verdict.sentence,
            ])
        }
        let problems = facts.mirrors.count { $0.verdict.word.isProblem }
        let summary =
            "\(chosen.count) of \(facts.mirrors.count) mirrors; \(problems) with a problem"
        return CommandResult(
            chosen.isEmpty ? summary : "\(table.text)\n\(summary)",
            ["mirrors": .array(chosen.map { MirrorJSON.summary(of: $0, now: facts.now) })]
        )
    }

    /// Several filters are all to be met.
    private func isChosen(_ mirror: MirrorFacts) -> Bool {
        let word = mirror.verdict.word
        if arguments.has("--problems"), !word.isProblem { return false }
        if arguments.has("--down"),
            ![.down, .refusesUs, .notItself, .partlyDown].contains(word)
        {
            return false
        }
        if arguments.has("--unused"), mirror.places.contains(where: { $0.rank != nil }) {
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
