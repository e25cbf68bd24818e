import Events
import FunctionRuntime
import JSON
import Mirrors
import ObjectStorage
import Time

/// `mirrors add`, `import` and `remove`: change the mirrors listed in addition to those of the
/// leader's list.
struct OwnListCommand {
    let store: any BlobStore
    let now: Timestamp
    let arguments: CommandArguments
    let leader: any ListEditing
    let builder: any MapForecasting
    let author: CommandAuthor

    private var isDryRun: Bool { arguments.has("--dry-run") }

    /// `mirrors add NAME --country CODE URL...`.
    func add() throws -> CommandResult {
        guard let country = arguments.value("--country") else {
            throw FunctionError.badRequest("add: expected --country and a code such as DE")
        }
        let name = arguments.operands.first ?? ""
        let change = try leader.add(
            NewMirror(
                name: name,
                country: country,
                region: arguments.value("--region") ?? "",
                urls: Array(arguments.operands.dropFirst())
            ),
            isDryRun: isDryRun
        )
        guard let id = change.added.first else {
            let reasons = (change.leftOut + change.known).joined(separator: "; ")
            throw FunctionError.badRequest("\(name) was not added: \(reasons)")
        }
        return done(change, about: id, "\(id) is listed: the next check asks it")
    }

    /// `mirrors import FILE`; status 1 if a part was unusable.
    func take(_ bytes: [UInt8]) throws -> CommandResult {
        if let problem = leader.problem(ofList: bytes) { throw FunctionError.badRequest(problem) }
        let change = try leader.add(list: bytes, isDryRun: isDryRun)
        var text = "\(change.added.count) mirrors are listed"
        if !change.added.isEmpty { text += ": \(Self.enumeration(of: change.added))" }
        for known in change.known { text += "\nlisted already: \(TextTable.oneLine(known))" }
        for leftOut in change.leftOut { text += "\nleft out: \(TextTable.oneLine(leftOut))" }
        return done(
            change,
            about: BlobName.mirrors,
            text,
            status: change.leftOut.isEmpty ? 0 : 1
        )
    }

    /// `mirrors remove ID`.
    func remove(_ id: Mirror.ID, from list: MirrorList) throws -> CommandResult {
        let change = try leader.remove(id, isDryRun: isDryRun)
        var text =
            "\(id) is not listed any more; should the list that MIRRORS names have it, too, its "
            + "next import takes it up again"
        if isDryRun {
            let forecast = try MapForecast(without: id, in: list, by: builder)
            text += "\n" + forecast.lines.joined(separator: "\n")
        }
        return done(change, about: id, text)
    }

    private func done(
        _ change: OwnListChange,
        about subject: String,
        _ text: String,
        status: Int32 = 0
    ) -> CommandResult {
        if change.isWritten {
            store.append(change.events)
            author.note(
                arguments,
                about: subject,
                reason: arguments.value("--reason"),
                in: store,
                now: now
            )
        }
        func list(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
        return CommandResult(
            isDryRun ? "would be: \(text)" : text,
            [
                "dryRun": .bool(isDryRun), "added": list(change.added),
                "removed": list(change.removed), "known": list(change.known),
                "leftOut": list(change.leftOut),
            ],
            status: status
        )
    }

    private static func enumeration(of ids: [Mirror.ID]) -> String {
        let shown = ids.prefix(20).joined(separator: ", ")
        return ids.count > 20 ? "\(shown) and \(ids.count - 20) more" : shown
    }
}
