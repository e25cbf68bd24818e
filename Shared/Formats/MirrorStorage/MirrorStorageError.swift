package import JSON
package import ObjectStorage

/// Why the mirrors, or the operator's settings for them, could not be read.
package enum MirrorStorageError: Error, Equatable, CustomStringConvertible {
    /// No mirror list was imported yet.
    case noMirrors
    case storage(StorageError)
    /// A JSON blob does not have its documented form.
    case badBlob(key: String, JSONError)

    package var description: String {
        switch self {
        case .noMirrors: "there is no mirrors.json yet: let the leader import a mirror list first"
        case .storage(let error): error.description
        case .badBlob(let key, let error): "\(key) cannot be used: \(error)"
        }
    }
}
