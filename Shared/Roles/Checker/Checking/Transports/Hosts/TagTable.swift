import HTTPTransport

/// Values under small reusable numbers.
///
/// It is a single value, so that an access costs one exclusivity check (SE-0176), not one for each
/// array.
struct TagTable<Value> {
    private var values: [Value?] = []
    private var freeTags: [RequestTag] = []

    /// The value with this number; nil if there is none, and then setting it does nothing.
    subscript(tag: RequestTag) -> Value? {
        get { values.indices.contains(tag.number) ? values[tag.number] : nil }
        set {
            guard let newValue, values.indices.contains(tag.number), values[tag.number] != nil
            else { return }
            values[tag.number] = newValue
        }
    }

    var count: Int { values.count - freeTags.count }

    /// Stores the value and returns its number.
    mutating func add(_ value: Value) -> RequestTag {
        guard let tag = freeTags.popLast() else {
            values.append(value)
            return RequestTag(values.count - 1)
        }
        values[tag.number] = value
        return tag
    }

    /// Removes and returns the value with this number, which becomes free; nil if there is none.
    mutating func remove(_ tag: RequestTag) -> Value? {
        guard values.indices.contains(tag.number), let value = values[tag.number].take()
        else { return nil }
        freeTags.append(tag)
        return value
    }
}
