/// What a request for a path comes to.
package enum Redirection: ~Copyable {
    /// To the best of the mirrors that hold the file and may be offered: the first of `selection`,
    /// whose indexes are those of the snapshot's table.
    case mirror(Selection, of: Snapshot)
    /// To the fallback host, with the path kept.
    case fallback(FallbackReason)
}

/// Why a request went to the fallback host.
package enum FallbackReason: String, Hashable, Sendable, CaseIterable {
    /// No map has been loaded yet.
    case noMap = "no-map"
    /// The map does not know the path.
    case unknownPath = "unknown-path"
    /// The map knows the path, and no mirror had the file when it was built.
    case noReplica = "no-replica"
    /// Mirrors hold the file, but none of them may be offered to this client now.
    case noMirrorUp = "no-mirror-up"
    /// Of those that hold the file and may be offered all are farther than a mirror may be.
    case noMirrorNear = "no-mirror-near"
}

extension FallbackReason {
    /// The raw value, for answers: no string is made for it.
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
