import Bytes

/// Reads the fields of a JSON object one by one, and detects keys that were never asked for.
///
/// Each reader returns nil if the key is missing or null, and throws if the value is of another
/// kind; `finish()` throws for a key that no reader named.
package struct JSONFields {
    private let object: JSONObject
    /// The name of the object in errors: empty at the top, `mirrors[3]` further down.
    private let path: String
    private var known: [String] = []

    /// Throws unless `value` is an object.
    package init(_ value: JSONValue, at path: String = "") throws(JSONError) {
        guard case .object(let object) = value else {
            throw .unexpected(
                field: path.isEmpty ? "the text" : path,
                expected: "an object",
                actual: value.kindName
            )
        }
        self.object = object
        self.path = path
    }

    /// The name of the field `key` in errors.
    package func name(of key: String) -> String {
        path.isEmpty ? "\"\(key)\"" : "\(path).\(key)"
    }

    package mutating func value(_ key: String) -> JSONValue? {
        known.append(key)
        guard let value = object[key] else { return nil }
        if case .null = value { return nil }
        return value
    }

    package mutating func string(_ key: String) throws(JSONError) -> String? {
        guard let value = value(key) else { return nil }
        guard case .string(let string) = value else {
            throw unexpected(key, "a string", value)
        }
        return string
    }

    package mutating func bool(_ key: String) throws(JSONError) -> Bool? {
        guard let value = value(key) else { return nil }
        guard case .bool(let bool) = value else {
            throw unexpected(key, "true or false", value)
        }
        return bool
    }

    package mutating func integer(
        _ key: String,
        in range: ClosedRange<Int64> = .min ... .max
    ) throws(JSONError) -> Int64? {
        guard let value = value(key) else { return nil }
        guard case .integer(let integer) = value, range.contains(integer) else {
            throw unexpected(
                key,
                "an integer from \(range.lowerBound) to \(range.upperBound)",
                value
            )
        }
        return integer
    }

    package mutating func number(_ key: String) throws(JSONError) -> Double? {
        switch value(key) {
        case nil: return nil
        case .integer(let integer): return Double(integer)
        case .number(let number): return number
        case .some(let value): throw unexpected(key, "a number", value)
        }
    }

    package mutating func array(_ key: String) throws(JSONError) -> [JSONValue]? {
        guard let value = value(key) else { return nil }
        guard case .array(let elements) = value else {
            throw unexpected(key, "an array", value)
        }
        return elements
    }

    package mutating func strings(_ key: String) throws(JSONError) -> [String]? {
        guard let elements = try array(key) else { return nil }
        var strings: [String] = []
        for element in elements {
            guard case .string(let string) = element else {
                throw unexpected(key, "an array of strings", element)
            }
            strings.append(string)
        }
        return strings
    }

    /// The keys of the object, for objects whose keys are data.
    package var keys: [String] { object.members.map { $0.key } }

    /// Throws for the first key that no reader named.
    package func finish() throws(JSONError) {
        for member in object.members
        where !known.contains(where: { $0.isSpelled(like: member.key) }) {
            throw .unknownKey(field: name(of: member.key), known: known)
        }
    }
}
