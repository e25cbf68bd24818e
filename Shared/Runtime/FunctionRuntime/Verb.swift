/// A command of a function for a terminal: its first argument, such as `--show`.
///
/// It reads no request and prints text instead of JSON. Its errors are handled like those of work.
package struct Verb: Sendable {
    package let name: String
    /// The operands as in the usage line: `["PATH", "FILE_OR_KEY"]`.
    ///
    /// Optional ones are in brackets and come last: `["[PATH]", "[--json]"]`.
    package let operands: [String]
    /// Prints the text for the given operands, of which optional ones may be missing.
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

    /// A verb whose text may be too long for memory: it is printed piece by piece, each followed by
    /// a newline.
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
