import Events
import FunctionRuntime
import HealthFormat
import HealthStorage
import JSON
import Mirrors
import ObjectStorage
import StatusFacts
import Time

/// `mirrors disable`, `enable`, `set` and `unset`: change an operator's settings of a mirror.
struct ChangeCommand {
    let store: any BlobStore
    let now: Timestamp
    let arguments: CommandArguments
    let mirror: Mirror
    let list: MirrorList
    let author: CommandAuthor
    let builder: any MapForecasting

    private var isDryRun: Bool { arguments.has("--dry-run") }

    /// Sets the keys that the operands after the mirror give.
    func set() throws -> CommandResult {
        try edit { object in
            for operand in arguments.operands.dropFirst() { try Self.set(operand, in: &object) }
        }
    }

    /// Removes the keys that the operands after the mirror name.
    func unset() throws -> CommandResult {
        try edit { object in
            for key in arguments.operands.dropFirst() {
                guard object[key] != nil else {
                    throw FunctionError.badRequest("\(key) is not set there")
                }
                object[key] = nil
            }
        }
    }

    /// Closes its URLs, which redirectors see within seconds, and without an end time also disables
    /// it in overrides.json.
    func disable() throws -> CommandResult {
        guard let reason = arguments.value("--reason"), !reason.isEmpty else {
            throw FunctionError.badRequest("disable: expected --reason TEXT")
        }
        var until: Timestamp?
        if let text = arguments.value("--until") {
            guard let moment = TimeText.moment(ahead: text, now: now), moment > now else {
                throw FunctionError.badRequest(
                    "--until: expected a time in the future, such as 2h, 3d or 2026-12-01T14:00, "
                        + "found \"\(text)\""
                )
            }
            until = moment
        }
        var outcome: OverridesEdit.Outcome?
        if until == nil {
            outcome = try edits.change(mirror.id, isDryRun: isDryRun) { object in
                object["enabled"] = false
            }
        }
        let closure = Health.Closure(since: now, until: until, reason: reason)
        try closures { health in
            for point in mirror.accessPoints { health.closures[point.id] = closure }
        }
        let end = until.map { " until \($0.dateText)" } ?? ""
        return try done(
            "\(mirror.id) is disabled\(end): redirectors obey within seconds",
            reason: reason,
            override: outcome?.now
        )
    }

    /// Undoes ``disable()``.
    func enable() throws -> CommandResult {
        let outcome = try edits.change(mirror.id, isDryRun: isDryRun) { object in
            object["enabled"] = nil
        }
        try closures { health in
            for point in mirror.accessPoints { health.closures[point.id] = nil }
        }
        let note =
            outcome.was == outcome.now && !mirror.isEnabled
            ? "; the mirror list itself takes it out" : ": the next import of the list takes it up"
        return try done(
            "\(mirror.id) is enabled\(note)",
            reason: arguments.value("--reason"),
            override: outcome.now
        )
    }

    private func edit(
        _ change: (inout JSONObject) throws -> Void
    ) throws -> CommandResult {
        let outcome = try edits.change(mirror.id, isDryRun: isDryRun, change)
        return try done(
            "\(mirror.id): \(outcome.was) → \(outcome.now)",
            reason: arguments.value("--reason"),
            override: outcome.now
        )
    }

    private var edits: OverridesEdit { OverridesEdit(store: store, list: list) }

    /// Parses `weight=50`: the value is JSON, or else text.
    private static func set(
        _ operand: String,
        in object: inout JSONObject
    ) throws(FunctionError) {
        let parts = operand.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else {
            throw .badRequest("set: expected KEY=VALUE such as weight=50, found \"\(operand)\"")
        }
        object[parts[0]] = (try? JSONValue(parsing: Array(parts[1].utf8))) ?? .string(parts[1])
    }

    private func closures(_ change: (inout Health) -> Void) throws {
        guard !isDryRun else { return }
        try HealthStore(store).update(now: now, change)
    }

    /// What is said of a change that was made, or that would be made with `override` for the
    /// mirror; nil if overrides stay as they are, and with them the maps.
    private func done(
        _ text: String,
        reason: String?,
        override: JSONValue?
    ) throws -> CommandResult {
        guard isDryRun else {
            author.note(arguments, about: mirror.id, reason: reason, in: store, now: now)
            return CommandResult(text, ["dryRun": false, "text": .string(text)])
        }
        guard let override else {
            return CommandResult(
                "would be: \(text)\n  no map would change: redirectors leave it out until then",
                ["dryRun": true, "text": .string(text), "maps": []]
            )
        }
        let forecast = try MapForecast(of: [(mirror.id, override)], in: list, by: builder)
        return CommandResult(
            (["would be: \(text)"] + forecast.lines).joined(separator: "\n"),
            ["dryRun": true, "text": .string(text), "maps": forecast.json]
        )
    }
}
