/// A command of a function at a terminal: its first argument, such as `--show`.
///
/// It reads no request and prints text, not JSON. Errors end as those of work do.
package struct Verb: Sendable {
    package let name: String
    /// What follows the name, as the usage line calls it: `["PATH", "FILE_OR_KEY"]`.
    ///
    /// Those in brackets, which come last, may be left out: `["[PATH]", "[--json]"]`.
    package let operands: [String]
    /// Prints the text, given as many operands as there are names of them, or fewer where these may
    /// be left out.
    let run:
        @Sendable (_ operands: [String], Environment, _ output: (String) -> Void) throws -> Void

    /// A verb whose text is made as a whole.
    package init(
        _ name: String,
        _ operands: String...,
        text: @escaping @Sendable (_ operands: [String], Environment) throws -> String
    ) {
        self.name = name
        self.operands = operands
        run = { operands, environment, output in output(try text(operands, environment)) }
    }

    /// A verb whose text may be too long for memory: it is printed piece by piece, each with a
    /// line's end behind it.
    package init(
        _ name: String,
        _ operands: String...,
        writing:
            @escaping @Sendable (
                _ operands: [String], Environment, _ output: (String) -> Void
            ) throws -> Void
    ) {
        self.name = name
        self.operands = operands
        run = writing
    }

    /// Whether this number of operands is accepted.
    func takes(_ count: Int) -> Bool {
        let requiredCount = operands.prefix { !$0.hasPrefix("[") }.count
        return (requiredCount...operands.count).contains(count)
    }
}
