// At the edge, an error names only the kind of a bad value: printing the value would link the JSON
// writer.
extension JSONFields {
    /// The error for a field whose value the caller refuses.
    package func unexpected(_ key: String, _ expected: String, _ actual: JSONValue) -> JSONError {
        .unexpected(field: name(of: key), expected: expected, actual: Self.shown(actual))
    }

    /// How an error shows a value.
    package static func shown(_ value: JSONValue) -> String { value.kindName }
}
