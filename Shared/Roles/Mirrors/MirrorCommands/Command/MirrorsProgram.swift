import FunctionRuntime
package import ObjectStorage
package import Time

/// The program `mirrors`: where it works, and what its verbs need.
package struct MirrorsProgram {
    let store: any BlobStore
    let now: Timestamp
    let maximumAge: Int64
    let healthMaximumAge: Int64
    let author: CommandAuthor
    let dependencies: Dependencies

    /// What verbs need besides storage.
    package struct Dependencies: Sendable {
        package var leader: any ListEditing
        package var builder: any MapForecasting
        package var editor: any OperatorEditor
        package var checker: CheckerCall

        package init(
            leader: any ListEditing,
            builder: any MapForecasting,
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
        healthMaximumAge: Int64? = nil,
        author: CommandAuthor = CommandAuthor("somebody"),
        dependencies: Dependencies
    ) {
        self.author = author
        self.dependencies = dependencies
        self.store = store
        self.now = now
        self.maximumAge = maximumAge ?? NumberSetting.maximumAge.standardSeconds
        self.healthMaximumAge = healthMaximumAge ?? NumberSetting.healthMaxAge.standardSeconds
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
        try arguments.verb.run(CommandCall(program: self, arguments: arguments))
    }
}
