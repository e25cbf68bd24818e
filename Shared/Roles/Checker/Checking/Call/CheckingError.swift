package import ObjectStorage

/// Why a run could not be carried out.
package enum CheckingError: Error, Equatable, CustomStringConvertible {
    /// The request names an access point that no enabled mirror has.
    case unknownAccessPoint(String)
    /// The request names a mirror that is not in the list or is disabled.
    case unknownMirror(String)
    /// The request names a region without mirrors.
    case unknownRegion(String, known: [String])
    case storage(StorageError)
    /// The transport could not be set up.
    case transport(String)

    package var description: String {
        switch self {
        case .unknownAccessPoint(let id):
            "\"accessPoints\": no enabled mirror has an access point \"\(id)\""
        case .unknownMirror(let id):
            "\"mirrors\": no enabled mirror is called \"\(id)\""
        case .unknownRegion(let id, let known):
            "\"region\": no mirror is in \"\(id)\"; known: \(known.joined(separator: ", "))"
        case .storage(let error): error.description
        case .transport(let reason): reason
        }
    }
}
