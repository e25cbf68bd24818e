package import Catalogs
package import Time

/// A proof that an answer contradicted.
package struct Contradiction: Hashable, Sendable {
    package var file: FileID
    package var at: Timestamp

    package init(_ file: FileID, at: Timestamp) {
        self.file = file
        self.at = at
    }
}
