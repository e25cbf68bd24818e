/// One value for each numbered thing.
///
/// An out-of-range number is a programming error, as with an array.
package struct DenseTable<Key: DenseIndex, Value> {
    private var values: [Value]

    /// Takes the values in the order of their numbers.
    package init(_ values: [Value]) {
        self.values = values
    }

    package init(repeating value: Value, count: Int) {
        values = Array(repeating: value, count: count)
    }

    package subscript(key: Key) -> Value {
        get { values[key.index] }
        _modify { yield &values[key.index] }
    }

    package var count: Int { values.count }

    package var keys: LazyMapSequence<Range<Int>, Key> {
        values.indices.lazy.map(Key.init(index:))
    }

    package func contains(_ key: Key) -> Bool { values.indices.contains(key.index) }

    /// Appends a value and returns its number.
    package mutating func append(_ value: Value) -> Key {
        values.append(value)
        return Key(index: values.count - 1)
    }
}

extension DenseTable: Sendable where Value: Sendable {}
