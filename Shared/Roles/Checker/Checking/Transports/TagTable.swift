import HTTPTransport

/// Values under tags with small numbers, which are used again.
///
/// One value, so that a look costs one check whether somebody else is at it (Swift's law of
/// exclusivity, SE-0176), and not one for each array.
struct TagTable<Value> {
    private var values: [Value?] = []
    private var freeTags: [RequestTag] = []

    /// The value with this number; nil where there is none, and then none is kept.
    subscript(tag: RequestTag) -> Value? {
        get { values.indices.contains(tag.number) ? values[tag.number] : nil }
        set {
            guard let newValue, values.indices.contains(tag.number), values[tag.number] != nil
            else { return }
            values[tag.number] = newValue
        }
    }

    var count: Int { values.count - freeTags.count }

    /// Keeps the value and returns its number.
    mutating func add(_ value: Value) -> RequestTag {
        guard let tag = freeTags.popLast() else {
            values.append(value)
            return RequestTag(values.count - 1)
        }
        values[tag.number] = value
        return tag
    }

    /// Returns the value with this number, which is free from now on; nil where there is none.
    mutating func remove(_ tag: RequestTag) -> Value? {
        guard values.indices.contains(tag.number), let value = values[tag.number].take()
        else { return nil }
        freeTags.append(tag)
        return value
    }
}
