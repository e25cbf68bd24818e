import Catalogs
import CheckStates
import JSON
import Mirrors
import ObjectStorage
import RegionMapFormat
import TestSupport
import Time

extension Timestamp {
    static let now = Timestamp(secondsSinceEpoch: 1_795_362_420)
}

extension ExpectedFile {
    /// A file with only the properties that a test is about; without `byteCount` it is a directory.
    static func make(
        _ path: String,
        byteCount: UInt64? = 10,
        modified: Timestamp = Timestamp(secondsSinceEpoch: 0),
        removed: Timestamp? = nil,
        changedIn: UInt32 = 1
    ) -> ExpectedFile {
        ExpectedFile(
            path: TreePath(path),
            kind: byteCount == nil ? .directory : .file,
            byteCount: byteCount,
            modified: modified,
            firstSeen: Timestamp(secondsSinceEpoch: 0),
            removed: removed,
            changedIn: changedIn
        )
    }
}

extension Observation {
    static func make(
        _ outcome: Outcome = .present,
        age: Int64 = 0,
        generation: UInt32 = 1
    ) -> Observation {
        let time = Timestamp.now.advanced(bySeconds: -age)
        return Observation(
            outcome: outcome,
            isConfirmed: true,
            observedAt: time,
            askedAt: time,
            generation: generation
        )
    }
}

extension InMemoryStore {
    func publish(_ catalog: Catalog) throws {
        let catalogs = CatalogStore(self)
        try catalogs.publish(catalog, replacing: catalogs.current())
    }

    func publish(_ mirrors: [Mirror]) throws {
        try put(BlobKey("mirrors.json"), MirrorList(mirrors: mirrors).json.serialized())
    }

    func publish(_ state: CheckState) throws {
        try put(BlobKey(CheckState.key(of: state.accessPointID)), state.encoded())
    }
}

/// What a map says about `path`: the ids of the access points in their order, or nil if it does not
/// know the path.
func replicas(_ map: [UInt8], of path: [UInt8]) throws -> [String]? {
    let map = try unsafe RegionMap(map.span.bytes)
    guard var set = unsafe map.replicas(of: path.span.bytes) else { return nil }
    var ids: [String] = []
    while let index = set.next() {
        guard let point = map.accessPoint(at: index) else { continue }
        ids.append(map.string(point.id))
    }
    return ids
}
