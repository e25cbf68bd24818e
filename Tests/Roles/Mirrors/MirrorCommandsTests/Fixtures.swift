import MirrorCommands
import SampleDeployment

extension Deployment {
    /// What the program says to `arguments`.
    @discardableResult
    func run(_ arguments: String...) throws -> CommandResult {
        try MirrorsProgram(store: store, now: .now).run(CommandArguments(arguments))
    }
}
