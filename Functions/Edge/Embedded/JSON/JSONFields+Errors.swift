// At the edge an error says of what kind a value is that is not used: to write it takes the writer
// of JSON.
extension JSONFields {
    /// The error for a field whose value the caller refuses.
    package func unexpected(_ key: String, _ expected: String, _ actual: JSONValue) -> JSONError {
        .unexpected(field: name(of: key), expected: expected, actual: Self.shown(actual))
    }

    /// How an error shows a value.
    package static func shown(_ value: JSONValue) -> String { value.kindName }
}
