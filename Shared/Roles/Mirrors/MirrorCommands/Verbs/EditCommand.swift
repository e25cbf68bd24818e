import FunctionRuntime
import JSON
import Linux
import Mirrors
import ObjectStorage
import Time

/// `mirrors edit`: opens `overrides.json` in an editor, and writes it once the leader would accept
/// it.
struct EditCommand {
    let store: any BlobStore
    let now: Timestamp
    let arguments: CommandArguments
    let list: MirrorList?
    let leader: any ListEditing
    let author: CommandAuthor
    let builder: any MapForecasting
    let editor: any OperatorEditor

    private static let key = BlobName.overrides

    /// Repeats the editor until the text is valid, or the operator gives up.
    ///
    /// Throws if the text stays invalid, or if somebody else wrote in the meantime; the text is
    /// kept, and the message says where.
    func run() throws -> CommandResult {
        let blob = try store.get(BlobKey(Self.key))
        let before = blob?.bytes ?? Array("{}\n".utf8)
        let draft = try editor.draft(before, named: Self.key)
        var after = try editor.edited(draft)
        while after != before, let problem = leader.problem(ofOverrides: after, for: list) {
            guard editor.wantsAnotherTry(after: problem) else {
                throw FunctionError.badRequest(
                    "\(problem); nothing was written, your text is in \(draft)"
                )
            }
            after = try editor.edited(draft)
        }
        let changes = Self.changes(from: before, to: after)
        guard after != before else {
            editor.discard(draft)
            return CommandResult(
                "nothing was changed",
                ["dryRun": .bool(isDryRun), "changes": []]
            )
        }
        if !isDryRun {
            guard try OverridesEdit.write(after, over: blob, in: store) else {
                throw FunctionError.failed(
                    "another writer changed \(Self.key) meanwhile: your text is in \(draft)"
                )
            }
            author.note(
                arguments,
                about: Self.key,
                reason: arguments.value("--reason"),
                in: store,
                now: now
            )
        }
        editor.discard(draft)
        return try result(changes)
    }

    private var isDryRun: Bool { arguments.has("--dry-run") }

    private struct Change {
        let id: Mirror.ID
        let was: JSONValue
        let now: JSONValue
    }

    /// The settings of single mirrors before and after; empty if only white space changed.
    private static func changes(from before: [UInt8], to after: [UInt8]) -> [Change] {
        func overrides(_ bytes: [UInt8]) -> JSONObject {
            // If the old text was invalid, the operator may have just fixed it.
            guard case .object(let object)? = try? JSONValue(parsing: bytes) else { return [:] }
            return object
        }
        let (old, new) = (overrides(before), overrides(after))
        return Set(old.members.map(\.key)).union(new.members.map(\.key)).sorted()
            .filter { old[$0] != new[$0] }
            .map { Change(id: $0, was: old[$0] ?? .null, now: new[$0] ?? .null) }
    }

    private func result(_ changes: [Change]) throws -> CommandResult {
        var lines = changes.map { TextTable.oneLine("\($0.id): \($0.was) → \($0.now)") }
        if lines.isEmpty { lines = ["\(Self.key): the same in other words"] }
        var object: JSONObject = [
            "dryRun": .bool(isDryRun),
            "changes": .array(
                changes.map { ["mirror": .string($0.id), "was": $0.was, "is": $0.now] }
            ),
        ]
        if isDryRun {
            lines[0] = "would be: \(lines[0])"
            // Before the first import there are no mirrors, and no maps.
            if let list {
                let overrides = changes.map { (id: $0.id, now: $0.now) }
                let forecast = try MapForecast(of: overrides, in: list, by: builder)
                lines += forecast.lines
                object["maps"] = forecast.json
            }
        }
        return CommandResult(lines.joined(separator: "\n"), .object(object))
    }
}

/// The operator's terminal: an editor, and prompts.
package protocol OperatorEditor: Sendable {
    /// Writes a text to a temporary file, and returns its path.
    func draft(_ bytes: [UInt8], named name: String) throws -> String

    /// Opens the file in the editor, and returns the new content.
    func edited(_ path: String) throws -> [UInt8]

    /// Removes the file.
    func discard(_ path: String)

    /// Shows the problem; false if nobody is there, or the operator gives up.
    func wantsAnotherTry(after problem: String) -> Bool
}
