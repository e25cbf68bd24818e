package import Catalogs
package import JSON
package import ObjectStorage

/// A reason why a part of the shared state could not be read.
package enum StateStorageError: Error, Equatable, CustomStringConvertible {
    /// No mirror list was imported yet.
    case noMirrors
    /// No Leader has published a tree yet.
    case noCatalog
    case storage(StorageError)
    case catalog(CatalogError)
    /// A JSON blob is not what its writer is documented to write.
    case badBlob(key: String, JSONError)

    package var description: String {
        switch self {
        case .noMirrors: "there is no mirrors.json yet: let the leader import a mirror list first"
        case .noCatalog: "there is no catalog yet: let the leader publish a tree first"
        case .storage(let error): error.description
        case .catalog(let error): error.description
        case .badBlob(let key, let error): "\(key) cannot be used: \(error)"
        }
    }
}
