/// The decision for a requested path.
package enum Redirection: ~Copyable {
    /// A redirect to the best available mirror that holds the file: the first of `selection`, whose
    /// indexes are those of the snapshot's table.
    case mirror(Selection, of: Snapshot)
    /// A redirect to the fallback host, with the same path.
    case fallback(FallbackReason)
}

/// Why a request went to the fallback host.
package enum FallbackReason: String, Hashable, Sendable, CaseIterable {
    /// No map has been loaded yet.
    case noMap = "no-map"
    /// The map does not know the path.
    case unknownPath = "unknown-path"
    /// The map knows the path, but no mirror had the file when it was built.
    case noReplica = "no-replica"
    /// Mirrors hold the file, but none may be offered to this client now.
    case noMirrorUp = "no-mirror-up"
    /// All available mirrors that hold the file are beyond the maximum distance.
    case noMirrorNear = "no-mirror-near"
}

extension FallbackReason {
    /// The raw value without creating a string.
    var text: StaticString {
        switch self {
        case .noMap: "no-map"
        case .unknownPath: "unknown-path"
        case .noReplica: "no-replica"
        case .noMirrorUp: "no-mirror-up"
        case .noMirrorNear: "no-mirror-near"
        }
    }
}
