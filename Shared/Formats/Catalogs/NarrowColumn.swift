/// Integers that nearly always fit 32 bits, in four bytes each; the others are kept separately.
///
/// The maximum value, which columns use for missing values, is among those that fit.
struct NarrowColumn<Value: FixedWidthInteger & Sendable>: Equatable, Sendable {
    private var words: [UInt32] = []
    /// The values that do not fit, by position.
    private var wideValues: [Int: Value] = [:]

    /// The words for the maximum value, and for a value in `wideValues`.
    private static var largest: UInt32 { .max }
    private static var wide: UInt32 { .max - 1 }

    init() {}

    init(repeating value: Value, count: Int) {
        guard let word = Self.word(of: value) else {
            for _ in 0..<count { append(value) }
            return
        }
        words = Array(repeating: word, count: count)
    }

    mutating func reserveCapacity(_ count: Int) { words.reserveCapacity(count) }

    mutating func append(_ value: Value) {
        let word = Self.word(of: value)
        if word == nil { wideValues[words.count] = value }
        words.append(word ?? Self.wide)
    }

    mutating func removeLast(_ removedCount: Int) {
        words.removeLast(removedCount)
        if !wideValues.isEmpty { wideValues = wideValues.filter { $0.key < words.count } }
    }

    /// Nil if the value does not fit.
    private static func word(of value: Value) -> UInt32? {
        if value == .max { return largest }
        guard let word = UInt32(exactly: value), word < wide else { return nil }
        return word
    }
}

extension NarrowColumn: RandomAccessCollection, MutableCollection {
    var startIndex: Int { 0 }
    var endIndex: Int { words.count }

    subscript(position: Int) -> Value {
        get {
            switch words[position] {
            case Self.largest: .max
            case Self.wide: wideValues[position] ?? .max
            case let word: Value(word)
            }
        }
        set {
            let word = Self.word(of: newValue)
            if word == nil || words[position] == Self.wide {
                wideValues[position] = word == nil ? newValue : nil
            }
            words[position] = word ?? Self.wide
        }
    }
}
