package import BlobFormat
package import JSON
package import ObjectStorage

/// Why a catalog could not be loaded or published.
package enum CatalogError: Error, Equatable, CustomStringConvertible {
    case storage(StorageError)
    /// No leader has published a tree yet.
    case unpublished
    /// The blob `catalog/current` is malformed.
    case badPointer(key: String, JSONError)
    /// A catalog blob is damaged or of another version.
    case badCatalog(key: String, BlobFormatError)
    /// The catalog that `catalog/current` refers to is missing.
    case missing(key: String)
    /// The catalog's generation differs from the one in its key.
    case wrongGeneration(key: String, actual: UInt32)
    /// Another leader published since the previous catalog was loaded; nothing was switched.
    case overtaken(generation: UInt32)

    package var description: String {
        switch self {
        case .storage(let error): error.description
        case .unpublished: "there is no catalog yet: let the leader publish a tree first"
        case .badPointer(let key, let error):
            "\(key): \(error); expected {\"generation\":n}"
        case .badCatalog(let key, let error): "\(key): \(error)"
        case .missing(let key):
            "\(key) is missing, though catalog/current names it: restore it, or name an older one"
        case .wrongGeneration(let key, let actual):
            "\(key) holds generation \(actual): restore it, or let catalog/current name another"
        case .overtaken(let generation):
            "generation \(generation) was not published: another leader was faster; run again"
        }
    }
}
