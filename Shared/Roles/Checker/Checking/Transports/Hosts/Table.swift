/// One value for each numbered thing.
///
/// An out-of-range number is a programming error, as with an array.
package struct Table<Key: Number, Value> {
    private var values: [Value]

    /// Takes the values in the order of their numbers.
    package init(_ values: [Value]) {
        self.values = values
    }

    package init(repeating value: Value, count: Int) {
        values = Array(repeating: value, count: count)
    }

    package subscript(key: Key) -> Value {
        get { values[key.place] }
        _modify { yield &values[key.place] }
    }

    package var count: Int { values.count }

    package var keys: LazyMapSequence<Range<Int>, Key> {
        values.indices.lazy.map(Key.init(place:))
    }

    package func contains(_ key: Key) -> Bool { values.indices.contains(key.place) }

    /// Appends a value and returns its number.
    package mutating func append(_ value: Value) -> Key {
        values.append(value)
        return Key(place: values.count - 1)
    }
}

extension Table: Sendable where Value: Sendable {}
