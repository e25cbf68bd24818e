/// An environment variable that configures the functions.
///
/// All of them are in one table, ``all``, from which the rest is derived: what ``Environment``
/// accepts, the end of each `--help`, docs/configuration.md, and the test of template.yaml. A new
/// variable is a new entry in the table; `make lint` and the tests report what else it needs.
package struct Setting: Sendable {
    /// The functions that read a variable.
    package struct Readers: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        package static let leader = Readers(rawValue: 1)
        package static let checker = Readers(rawValue: 2)
        package static let builder = Readers(rawValue: 4)
        package static let redirector = Readers(rawValue: 8)
        package static let storage = Readers(rawValue: 16)

        package static let mirrors = Readers(rawValue: 32)
        package static let status = Readers(rawValue: 64)

        package static let all: Readers = [
            .leader, .checker, .builder, .redirector, .storage, .mirrors, .status,
        ]

        /// Each of them with the name of its program.
        package static let named: [(name: String, reader: Readers)] = [
            ("leader", .leader), ("checker", .checker), ("builder", .builder),
            ("redirector", .redirector), ("storage", .storage), ("mirrors", .mirrors),
            ("status", .status),
        ]
    }

    /// What a variable may contain.
    package enum Form: Equatable, Sendable {
        /// Text that its reader validates; `example` shows its form.
        case text(example: String)
        /// One of some words.
        case word([String])
        /// A number, of `unit` if it has one.
        case integer(ClosedRange<Int>, unit: String?)
    }

    /// The default of a variable.
    package enum Standard: Equatable, Sendable {
        /// The number of a ``NumberSetting``.
        case number(Int)
        /// The text of a ``TextSetting``.
        case text(String)
        /// Described in words.
        case described(String)
        /// No value; the function works without it.
        case nothing
        /// None: the function refuses to run without it.
        case required
    }

    /// How template.yaml treats a variable.
    package enum Deployment: Equatable, Sendable {
        /// Passes on the variable of the same name from faas-cli's environment.
        case passed
        /// Sets it to a fixed value.
        case fixed
        /// Omits it, for this reason.
        case leftOut(String)
    }

    package let name: String
    package let readers: Readers
    package let form: Form
    package let standard: Standard
    package let deployment: Deployment
    /// Its description: sentences, without the final full stop, with code in backticks.
    package let meaning: String

    init(
        _ name: String,
        _ readers: Readers,
        _ form: Form,
        standard: Standard = .nothing,
        deployment: Deployment = .passed,
        _ meaning: String
    ) {
        self.name = name
        self.readers = readers
        self.form = form
        self.standard = standard
        self.deployment = deployment
        self.meaning = meaning
    }

    /// The value that stands for the variable if it is not set; nil if no single value does.
    package var standardValue: String? {
        switch standard {
        case .number(let number): String(number)
        case .text(let text): text
        case .described, .nothing, .required: nil
        }
    }

    /// The range of a number; for other forms, any number.
    package var range: ClosedRange<Int> {
        if case .integer(let range, _) = form { range } else { .min ... .max }
    }
}
