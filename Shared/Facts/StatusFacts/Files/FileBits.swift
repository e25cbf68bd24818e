/// A set of files, one bit each: 150,000 files of a mirror take 19 kB.
///
/// Coverage and stored facts need access to whole words, which swift-collections' `BitSet` does not
/// give.
package struct FileBits: Equatable, Sendable {
    package var words: [UInt64]

    /// An empty set with room for the numbers below `count`.
    package init(count: Int) {
        words = [UInt64](repeating: 0, count: (count + 63) / 64)
    }

    /// The number of files in it.
    package var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    package var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    package func contains(_ number: Int) -> Bool {
        let word = number >> 6
        return word < words.count && words[word] >> UInt64(number & 63) & 1 == 1
    }

    package mutating func insert(_ number: Int) {
        words[number >> 6] |= 1 << UInt64(number & 63)
    }

    package mutating func remove(_ number: Int) {
        words[number >> 6] &= ~(1 << UInt64(number & 63))
    }

    package mutating func formUnion(_ other: FileBits) {
        for index in words.indices.prefix(other.words.count) { words[index] |= other.words[index] }
    }

    package mutating func formIntersection(_ other: FileBits) {
        for index in words.indices {
            words[index] &= index < other.words.count ? other.words[index] : 0
        }
    }

    package mutating func subtract(_ other: FileBits) {
        for index in words.indices.prefix(other.words.count) { words[index] &= ~other.words[index] }
    }

    /// The number of files in both sets.
    package func overlap(_ other: FileBits) -> Int {
        var count = 0
        for index in words.indices.prefix(other.words.count) {
            count += (words[index] & other.words[index]).nonzeroBitCount
        }
        return count
    }

    /// Calls `body` with each number in the set, in ascending order.
    @inline(__always)
    package func forEach(_ body: (Int) -> Void) {
        for index in words.indices {
            var word = words[index]
            while word != 0 {
                body(index << 6 + word.trailingZeroBitCount)
                word &= word &- 1
            }
        }
    }

    /// Whether `body` returns true for any number in the set; called in ascending order until it
    /// does.
    @inline(__always)
    package func contains(where body: (Int) -> Bool) -> Bool {
        for index in words.indices {
            var word = words[index]
            while word != 0 {
                if body(index << 6 + word.trailingZeroBitCount) { return true }
                word &= word &- 1
            }
        }
        return false
    }

    /// The lowest number in it, or nil.
    package var first: Int? {
        for index in words.indices where words[index] != 0 {
            return index << 6 + words[index].trailingZeroBitCount
        }
        return nil
    }
}
