import Events
import FunctionRuntime
import JSON
import MirrorStorage
import Mirrors
import ObjectStorage
import StatusFacts
import Time

/// A call of a verb: its arguments, and the program that it is called in.
///
/// A method for each verb of ``CommandVerb/all`` gathers what its command needs, and runs it.
struct CommandCall {
    let program: MirrorsProgram
    let arguments: CommandArguments

    private var store: any BlobStore { program.store }
    private var now: Timestamp { program.now }
    private var operand: String { arguments.operands.first ?? "" }

    private var reader: FactsReader {
        FactsReader(store: store, now: now, maximumAge: program.maximumAge)
    }

    func completion() throws -> CommandResult { try CompletionScript.run(operand) }

    func check() throws -> CommandResult {
        try CheckCommand(store: store, leader: program.dependencies.leader)
            .run(arguments.operands)
    }

    func edit() throws -> CommandResult {
        try EditCommand(
            store: store,
            now: now,
            arguments: arguments,
            list: store.mirrorList()?.list,
            leader: program.dependencies.leader,
            author: program.author,
            builder: program.dependencies.builder,
            editor: program.dependencies.editor
        ).run()
    }

    func events() throws -> CommandResult {
        try EventsCommand(
            reader: reader,
            arguments: arguments,
            ids: list().mirrors.map(\.id)
        ).run()
    }

    func listMirrors() throws -> CommandResult {
        let yesterday = now.advanced(bySeconds: -86_400)
        let facts = try reader.facts(of: .verdicts, eventsSince: yesterday)
        let day = facts.latestDay(facts.events)
        return try ListCommand(facts: facts, arguments: arguments, day: day).run()
    }

    func doctor() throws -> CommandResult {
        DoctorCommand(
            facts: try reader.facts(of: .none),
            healthMaximumAge: program.healthMaximumAge
        ).run()
    }

    func traffic() throws -> CommandResult {
        try TrafficCommand(
            facts: reader.facts(of: .some([])),
            arguments: arguments,
            store: store,
            now: now
        ).run()
    }

    // MARK: - A region

    /// For `hold` and `release`.
    func hold() throws -> HoldCommand {
        try HoldCommand(
            store: store,
            now: now,
            arguments: arguments,
            regions: store.regions(),
            author: program.author
        )
    }

    // MARK: - A mirror

    /// For `disable`, `enable`, `set` and `unset`.
    func change() throws -> ChangeCommand {
        let (mirror, list) = try namedMirror()
        return ChangeCommand(
            store: store,
            now: now,
            arguments: arguments,
            mirror: mirror,
            list: list,
            author: program.author,
            builder: program.dependencies.builder
        )
    }

    func scan() throws -> CommandResult {
        let (mirror, _) = try namedMirror()
        guard let seconds = arguments.value("--seconds").map(Int.init) ?? 60,
            (2...ScanCommand.longestSeconds).contains(seconds)
        else {
            throw FunctionError.badRequest(
                "--seconds: expected a number from 2 to \(ScanCommand.longestSeconds)"
            )
        }
        return try ScanCommand(
            reader: reader,
            mirror: mirror,
            seconds: seconds,
            call: program.dependencies.checker
        ).run()
    }

    func show() throws -> CommandResult {
        let (facts, mirror) = try namedFacts()
        let events = try reader.events(since: now.advanced(bySeconds: -14 * 86_400))
            .filter { $0.isAbout(mirror.id) }
        return ShowCommand(facts: facts, mirror: mirror, events: events).run()
    }

    func why() throws -> CommandResult {
        let (facts, mirror) = try namedFacts()
        return try WhyCommand(facts: facts, mirror: mirror, reader: reader)
            .run(path: arguments.operands.dropFirst().first)
    }

    func missing() throws -> CommandResult {
        let (facts, mirror) = try namedFacts()
        return MissingCommand(facts: facts, mirror: mirror, arguments: arguments).run()
    }

    // MARK: - The mirrors beside the leader's list

    func add() throws -> CommandResult { try ownList.add() }

    func importList() throws -> CommandResult {
        try ownList.take(CommandFile.bytes(of: operand))
    }

    func remove() throws -> CommandResult {
        let (mirror, list) = try namedMirror()
        return try ownList.remove(mirror.id, from: list)
    }

    private var ownList: OwnListCommand {
        OwnListCommand(
            store: store,
            now: now,
            arguments: arguments,
            leader: program.dependencies.leader,
            builder: program.dependencies.builder,
            author: program.author
        )
    }

    // MARK: - What the first operand names

    private func namedMirror() throws -> (mirror: Mirror, list: MirrorList) {
        let list = try list()
        let id = try MirrorName.mirror(operand, among: list.mirrors.map(\.id))
        guard let mirror = list.mirrors.first(where: { $0.id == id }) else { throw Self.gone(id) }
        return (mirror, list)
    }

    private func namedFacts() throws -> (facts: DeploymentFacts, mirror: MirrorFacts) {
        let id = try namedMirror().mirror.id
        let facts = try reader.facts(of: .some([id]))
        guard let mirror = facts[id] else { throw Self.gone(id) }
        return (facts, mirror)
    }

    private static func gone(_ id: Mirror.ID) -> FunctionError {
        .failed("\(id) is gone from mirrors.json")
    }

    private func list() throws -> MirrorList {
        guard let blob = try store.get(BlobKey(BlobName.mirrors)) else {
            throw FunctionError.failed(
                "there is no mirrors.json yet: let the leader import a mirror list"
            )
        }
        return try MirrorList(json: JSONValue(parsing: blob.bytes))
    }
}
