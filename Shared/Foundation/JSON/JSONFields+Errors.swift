extension JSONFields {
    /// The error for a field whose value the caller rejects.
    package func unexpected(_ key: String, _ expected: String, _ actual: JSONValue) -> JSONError {
        .unexpected(field: name(of: key), expected: expected, actual: Self.shown(actual))
    }

    /// How an error shows a value: the value itself, or its kind.
    package static func shown(_ value: JSONValue) -> String {
        switch value {
        case .bool, .integer, .number, .string: "\(value)"
        case .null, .array, .object: value.kindName
        }
    }
}
