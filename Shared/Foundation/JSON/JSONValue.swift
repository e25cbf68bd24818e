import Bytes

/// A JSON text as a value (RFC 8259).
///
/// Why not Foundation: the redirector must not link it, and its decoder lacks what the functions
/// need from JSON, namely errors that name the field, keys in their original order, and refusal of
/// unknown keys.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// A number without fraction and exponent that fits 64 bits.
    case integer(Int64)
    /// Any other number.
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

/// The members of a JSON object in their original order, without duplicate keys.
package struct JSONObject: Hashable, Sendable {
    package private(set) var members: [Member]

    package struct Member: Hashable, Sendable {
        package let key: String
        package var value: JSONValue
    }

    package init() {
        members = []
    }

    /// The value under `key`, or nil if there is none.
    ///
    /// Linear in the number of members; setting nil removes the member.
    package subscript(key: String) -> JSONValue? {
        get { members.first { $0.key.isSpelled(like: key) }?.value }
        set {
            if let index = members.firstIndex(where: { $0.key.isSpelled(like: key) }) {
                if let newValue {
                    members[index].value = newValue
                } else {
                    members.remove(at: index)
                }
            } else if let newValue {
                members.append(Member(key: key, value: newValue))
            }
        }
    }

    /// Adds a member without a search; the caller guarantees that `key` is new.
    package mutating func append(_ key: String, _ value: JSONValue) {
        members.append(Member(key: key, value: value))
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral,
    ExpressibleByNilLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(nilLiteral: ()) { self = .null }

    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(JSONObject(elements))
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(elements)
    }

    init(_ elements: [(String, JSONValue)]) {
        self.init()
        for (key, value) in elements { self[key] = value }
    }
}

extension JSONValue {
    /// The kind of value with its article, for sentences: `a string`.
    package var kindName: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer: "an integer"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
