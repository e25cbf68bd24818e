import Glibc

/// Byte strings of any length, concatenated in one buffer, with an overhead of four bytes each.
package struct ByteColumn: Equatable, Sendable {
    private(set) var bytes: [UInt8] = []
    /// The end of each string, low 32 bits; a string begins where the previous one ends.
    private var ends: [UInt32] = []
    /// The strings at which the end passes a multiple of 2^32, so that a column may be longer than
    /// that.
    private var wraps: [Int] = []

    package init() {}

    package var count: Int { ends.count }

    package mutating func reserveCapacity(count: Int, byteCount: Int) {
        ends.reserveCapacity(count)
        bytes.reserveCapacity(byteCount)
    }

    package mutating func append(_ string: some Collection<UInt8>) {
        let start = bytes.count
        bytes.append(contentsOf: string)
        for _ in start >> 32..<bytes.count >> 32 { wraps.append(count) }
        ends.append(UInt32(truncatingIfNeeded: bytes.count))
    }

    package mutating func removeLast(_ removedCount: Int) {
        ends.removeLast(removedCount)
        while let wrap = wraps.last, wrap >= count { wraps.removeLast() }
        bytes.removeLast(bytes.count - (count == 0 ? 0 : end(of: count - 1)))
    }

    /// The string at `index`, without a copy.
    package subscript(index: Int) -> ArraySlice<UInt8> {
        bytes[range(of: index)]
    }

    /// Whether the string at `index` is `string`.
    package func equals(_ string: ArraySlice<UInt8>, at index: Int) -> Bool {
        let range = range(of: index)
        guard range.count == string.count else { return false }
        return unsafe bytes.withUnsafeBytes { bytes in
            unsafe string.withUnsafeBytes { string in
                // Empty strings have no address.
                guard let start = bytes.baseAddress, let other = string.baseAddress else {
                    return true
                }
                return unsafe memcmp(start + range.lowerBound, other, range.count) == 0
            }
        }
    }

    func range(of index: Int) -> Range<Int> {
        (index == 0 ? 0 : end(of: index - 1))..<end(of: index)
    }

    private func end(of index: Int) -> Int {
        var end = Int(ends[index])
        for wrap in wraps where wrap <= index { end += 1 << 32 }
        return end
    }
}
