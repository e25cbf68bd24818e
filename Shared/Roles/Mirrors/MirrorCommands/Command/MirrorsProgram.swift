import FunctionRuntime
import JSON
import MirrorStorage
import Mirrors
package import ObjectStorage
import StatusFacts
package import Time

/// The program `mirrors`: parses its arguments, gathers the facts that the verb needs, and runs it.
package struct MirrorsProgram {
    private let store: any BlobStore
    private let now: Timestamp
    private let maximumAge: Int64
    private let author: CommandAuthor
    private let surroundings: Surroundings

    /// What verbs need besides storage.
    package struct Surroundings: Sendable {
        package var leader: any LeaderCode
        package var builder: any BuilderCode
        package var editor: any OperatorEditor
        package var checker: CheckerCall

        package init(
            leader: any LeaderCode,
            builder: any BuilderCode,
            editor: any OperatorEditor,
            checker: @escaping CheckerCall
        ) {
            self.leader = leader
            self.builder = builder
            self.editor = editor
            self.checker = checker
        }
    }

    /// `author` is recorded with commands.
    package init(
        store: any BlobStore,
        now: Timestamp,
        maximumAge: Int64? = nil,
        author: CommandAuthor = CommandAuthor("somebody"),
        surroundings: Surroundings
    ) {
        self.author = author
        self.surroundings = surroundings
        self.store = store
        self.now = now
        self.maximumAge = maximumAge ?? NumberSetting.maximumAge.standardSeconds
    }

    package static var help: String {
        """
        mirrors: shows mirrors and changes their settings

        Usage: mirrors [VERB [ARGUMENT…] [OPTION…]]

        \(CommandVerb.help)

        An ID may be abbreviated while it is unique. Times are in UTC. --json prints
        one line of JSON. Verbs that change settings accept --dry-run, --by NAME and
        --reason TEXT.

        Exit status: 0 done, 1 a problem was found or nothing could be read, 2 usage
        error; doctor: 0 fine, 1 warning, 2 critical, 3 unknown.
        """
    }

    /// Runs the verb of `arguments`.
    package func run(_ arguments: CommandArguments) throws -> CommandResult {
        let reader = FactsReader(store: store, now: now, maximumAge: maximumAge)
        let operand = arguments.operands.first ?? ""
        switch arguments.verb.name {
        case "completion": return try CompletionScript.run(operand)
        case "check":
            return try CheckCommand(store: store, leader: surroundings.leader)
                .run(arguments.operands)
        case "edit": return try edit(arguments)
        case "add": return try ownList(arguments).add()
        case "import": return try ownList(arguments).take(CommandFile.bytes(of: operand))
        case "events":
            return try EventsCommand(reader: reader, arguments: arguments, ids: ids()).run()
        case "list":
            let yesterday = now.advanced(bySeconds: -86_400)
            let facts = try reader.facts(of: .verdicts, eventsSince: yesterday)
            let day = facts.latestDay(facts.events)
            return try ListCommand(facts: facts, arguments: arguments, day: day).run()
        case "doctor": return DoctorCommand(facts: try reader.facts(of: .none)).run()
        case "traffic":
            return try TrafficCommand(
                facts: reader.facts(of: .some([])),
                arguments: arguments,
                store: store,
                now: now
            ).run()
        default: break
        }
        if ["hold", "release"].contains(arguments.verb.name) {
            return try HoldCommand(
                store: store,
                now: now,
                arguments: arguments,
                regions: store.regions(),
                author: author
            ).run()
        }
        let list = try self.list()
        let id = try MirrorName.mirror(operand, among: list.mirrors.map(\.id))
        if ["disable", "enable", "set", "unset"].contains(arguments.verb.name),
            let mirror = list.mirrors.first(where: { $0.id == id })
        {
            return try ChangeCommand(
                store: store,
                now: now,
                arguments: arguments,
                mirror: mirror,
                list: list,
                author: author,
                builder: surroundings.builder
            ).run()
        }
        switch arguments.verb.name {
        case "remove": return try ownList(arguments).remove(id, from: list)
        case "scan": return try scan(id, list, arguments, reader)
        default: break
        }
        let facts = try reader.facts(of: .some([id]))
        guard let mirror = facts[id] else {
            throw FunctionError.failed("\(id) is gone from mirrors.json")
        }
        switch arguments.verb.name {
        case "show":
            let events = try reader.events(since: now.advanced(bySeconds: -14 * 86_400))
                .filter { $0.isAbout(id) }
            return ShowCommand(facts: facts, mirror: mirror, events: events).run()
        case "why":
            return try WhyCommand(facts: facts, mirror: mirror, reader: reader)
                .run(path: arguments.operands.dropFirst().first)
        case "missing":
            return MissingCommand(facts: facts, mirror: mirror, arguments: arguments).run()
        default: throw FunctionError.failed("no command carries out \(arguments.verb.name)")
        }
    }

    private func ownList(_ arguments: CommandArguments) -> OwnListCommand {
        OwnListCommand(
            store: store,
            now: now,
            arguments: arguments,
            leader: surroundings.leader,
            builder: surroundings.builder,
            author: author
        )
    }

    private func edit(_ arguments: CommandArguments) throws -> CommandResult {
        try EditCommand(
            store: store,
            now: now,
            arguments: arguments,
            list: store.mirrorList()?.list,
            leader: surroundings.leader,
            author: author,
            builder: surroundings.builder,
            editor: surroundings.editor
        ).run()
    }

    private func scan(
        _ id: Mirror.ID,
        _ list: MirrorList,
        _ arguments: CommandArguments,
        _ reader: FactsReader
    ) throws -> CommandResult {
        guard let seconds = arguments.value("--seconds").map(Int.init) ?? 60,
            (2...ScanCommand.longestSeconds).contains(seconds)
        else {
            throw FunctionError.badRequest(
                "--seconds: expected a number from 2 to \(ScanCommand.longestSeconds)"
            )
        }
        guard let mirror = list.mirrors.first(where: { $0.id == id }) else {
            throw FunctionError.failed("\(id) is gone from mirrors.json")
        }
        return try ScanCommand(
            reader: reader,
            mirror: mirror,
            seconds: seconds,
            call: surroundings.checker
        ).run()
    }

    private func ids() throws -> [Mirror.ID] { try list().mirrors.map(\.id) }

    private func list() throws -> MirrorList {
        guard let blob = try store.get(BlobKey(BlobName.mirrors)) else {
            throw FunctionError.failed(
                "there is no mirrors.json yet: let the leader import a mirror list"
            )
        }
        return try MirrorList(json: JSONValue(parsing: blob.bytes))
    }
}
