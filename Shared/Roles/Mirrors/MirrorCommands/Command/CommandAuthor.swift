import Events
package import FunctionRuntime
import ObjectStorage
import Time

/// The author of a command, for `mirrors events` alone.
package struct CommandAuthor: Equatable, Sendable {
    package let name: String

    package init(_ name: String) {
        self.name = name
    }

    /// The user who ran `sudo`, or else the user of the session.
    package init(_ environment: Environment) {
        name = environment["SUDO_USER"] ?? environment["USER"] ?? "somebody"
    }

    /// Writes an event: the user, the command, and the reason.
    func note(
        _ arguments: CommandArguments,
        about subject: String,
        reason: String?,
        in store: any BlobStore,
        now: Timestamp
    ) {
        let name = arguments.value("--by") ?? self.name
        let command = ([arguments.verb.name] + arguments.operands).joined(separator: " ")
        let why = reason.map { ": \($0)" } ?? ""
        store.append([
            Event(.command, subject, at: now, by: "mirrors", text: "\(name): \(command)\(why)")
        ])
    }
}
