import Glibc

/// The environment variables that configure a function.
///
/// It is created in one place and passed on, so that tests need no `setenv`. A variable that is set
/// but empty counts as not set, because `${VAR:-}` in a stack file leaves one.
package struct Environment: Sendable {
    /// Nil stands for the process's own environment, which is queried for each variable on demand:
    /// a program that answers a single request has no time to copy it.
    private let values: [String: String]?

    package init(_ values: [String: String]) {
        self.values = values.filter { !$0.value.isEmpty }
    }

    private init() {
        values = nil
    }

    /// The names of all variables that are set, including unrelated ones.
    package var names: [String] {
        if let values { return values.keys.sorted() }
        var names: [String] = []
        var entry = unsafe environ
        while let text = unsafe entry.pointee {
            let assignment = unsafe String(cString: text)
            names.append(String(assignment.prefix { $0 != "=" }))
            unsafe entry += 1
        }
        return names.sorted()
    }

    /// The environment of this process.
    package static func ofProcess() -> Environment { Environment() }

    /// A variable defined by others, such as `TMPDIR`; those of the functions are ``Setting``s.
    package subscript(name: String) -> String? {
        if let values { return values[name] }
        guard let text = unsafe getenv(name), unsafe text.pointee != 0 else { return nil }
        return unsafe String(cString: text)
    }

    /// The integer in `name`, or nil if it is not set.
    ///
    /// Throws ``FunctionError/badRequest(_:)`` with the name of the variable for anything else.
    package func integer(
        _ name: String,
        in range: ClosedRange<Int>
    ) throws(FunctionError) -> Int? {
        guard let text = self[name] else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw .badRequest(
                "\(name): expected an integer from \(range.lowerBound) to \(range.upperBound), "
                    + "found \"\(text)\""
            )
        }
        return value
    }
}
