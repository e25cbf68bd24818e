/// Something that a function does for a person at a terminal: a first argument, such as `--show`.
///
/// It reads no request and prints text, not JSON. Errors end as those of work do.
package struct Verb: Sendable {
    package let name: String
    /// What follows the name, as the usage line calls it: `["PATH", "FILE_OR_KEY"]`.
    package let operands: [String]
    /// Makes the text from as many operands as there are names of them.
    let text: @Sendable (_ operands: [String], Environment) throws -> String

    package init(
        _ name: String,
        _ operands: String...,
        text: @escaping @Sendable (_ operands: [String], Environment) throws -> String
    ) {
        self.name = name
        self.operands = operands
        self.text = text
    }
}
