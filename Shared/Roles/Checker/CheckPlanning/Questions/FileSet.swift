import BitCollections
package import Catalogs

/// A set of files, one bit each: 19 kB for 150,000 files.
package struct FileSet: Hashable, Sendable {
    private var numbers = BitSet()

    package init() {}

    package var isEmpty: Bool { numbers.isEmpty }

    package func contains(_ id: FileID) -> Bool {
        numbers.contains(Int(id.rawValue))
    }

    /// Returns whether the file was not in the set.
    @discardableResult
    package mutating func insert(_ id: FileID) -> Bool {
        numbers.insert(Int(id.rawValue)).inserted
    }

    package mutating func remove(_ id: FileID) {
        numbers.remove(Int(id.rawValue))
    }
}
