/// Values under small numbers that are used again.
///
/// One value, so that a look costs one check whether somebody else is at it (Swift's law of
/// exclusivity, SE-0176), and not one for each array.
struct TagTable<Value> {
    private var values: [Value?] = []
    private var freeTags: [Int] = []

    /// The value with this number; nil where there is none.
    subscript(tag: Int) -> Value? {
        values.indices.contains(tag) ? values[tag] : nil
    }

    var count: Int { values.count - freeTags.count }

    /// Keeps the value and returns its number.
    mutating func add(_ value: Value) -> Int {
        guard let tag = freeTags.popLast() else {
            values.append(value)
            return values.count - 1
        }
        values[tag] = value
        return tag
    }

    /// Returns the value with this number, which is free from now on; nil where there is none.
    mutating func remove(_ tag: Int) -> Value? {
        guard values.indices.contains(tag), let value = values[tag].take() else { return nil }
        freeTags.append(tag)
        return value
    }
}
