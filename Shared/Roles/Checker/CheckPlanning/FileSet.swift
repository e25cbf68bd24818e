package import Catalogs

/// A set of files, one bit each: 19 kB for 150,000.
package struct FileSet: Hashable, Sendable {
    private var words: [UInt64] = []

    package init() {}

    package var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    package func contains(_ id: FileID) -> Bool {
        let word = Int(id.rawValue / 64)
        return word < words.count && words[word] & (1 << UInt64(id.rawValue % 64)) != 0
    }

    /// Returns whether the file was not in the set.
    @discardableResult
    package mutating func insert(_ id: FileID) -> Bool {
        let word = Int(id.rawValue / 64)
        if word >= words.count {
            words.append(contentsOf: repeatElement(0, count: word + 1 - words.count))
        }
        let bit: UInt64 = 1 << UInt64(id.rawValue % 64)
        defer { words[word] |= bit }
        return words[word] & bit == 0
    }

    package mutating func remove(_ id: FileID) {
        let word = Int(id.rawValue / 64)
        guard word < words.count else { return }
        words[word] &= ~(1 << UInt64(id.rawValue % 64))
    }
}
