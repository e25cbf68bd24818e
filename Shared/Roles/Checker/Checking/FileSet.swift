package import Catalogs

/// A set of files, one bit each: 19 kB for 150,000.
package struct FileSet: Hashable, Sendable {
    private var words: [UInt64] = []

    package init() {}

    package func contains(_ id: FileID) -> Bool {
        let word = Int(id.rawValue / 64)
        return word < words.count && words[word] & (1 << UInt64(id.rawValue % 64)) != 0
    }

    package mutating func remove(_ id: FileID) {
        let word = Int(id.rawValue / 64)
        if word < words.count { words[word] &= ~(1 << UInt64(id.rawValue % 64)) }
    }

    package mutating func insert(_ id: FileID) {
        let word = Int(id.rawValue / 64)
        if word >= words.count {
            words.append(contentsOf: repeatElement(0, count: word + 1 - words.count))
        }
        words[word] |= 1 << UInt64(id.rawValue % 64)
    }
}
