import FunctionRuntime
import JSON
import MapBuilding
import MirrorCommands
import Mirrors
import ObjectStorage
import Time

/// Builder's modules, for `--dry-run`: a build over another list of mirrors that writes nothing.
struct DryRunBuild: MapForecasting {
    let store: any BlobStore
    let now: Timestamp
    let maximumAge: Int64
    let removedSeconds: Int64

    func changes(with list: MirrorList) throws -> [MapChange] {
        var settings = MapPublication.Settings()
        settings.isDryRun = true
        settings.maximumAge = maximumAge
        settings.removedSeconds = removedSeconds
        let result = try MapPublication(
            store: StoreWithBlob(
                store: store,
                key: BlobKey(BlobName.mirrors),
                bytes: list.json.serialized()
            ),
            settings: settings,
            now: now
        ).run()
        guard case .object(let object) = result, case .object(let regions)? = object["regions"]
        else { return [] }
        return try regions.members.map { try Self.change(of: $0.key, $0.value) }
    }

    private static func change(
        of region: Region.ID,
        _ json: JSONValue
    ) throws(JSONError) -> MapChange {
        var change = MapChange(region: region)
        var fields = try JSONFields(json, at: region)
        change.refusal = try fields.string("refusal")
        guard let difference = fields.value("difference") else { return change }
        var members = try JSONFields(difference, at: "difference")
        if let points = members.value("accessPoints") {
            var points = try JSONFields(points, at: "accessPoints")
            change.gained = try points.strings("gained") ?? []
            change.lost = try points.strings("lost") ?? []
        }
        if let paths = members.value("catalogPaths") {
            var paths = try JSONFields(paths, at: "catalogPaths")
            change.lostPathCount = Int(clamping: try paths.integer("heldLost") ?? 0)
            change.movedPercent = try paths.number("movedPercent") ?? 0
        }
        return change
    }
}

/// A read-only store in which one blob has other bytes.
private struct StoreWithBlob: BlobStore {
    let store: any BlobStore
    let key: BlobKey
    let bytes: [UInt8]

    func get(_ key: BlobKey) throws(StorageError) -> Blob? {
        guard key == self.key else { return try store.get(key) }
        return Blob(bytes: bytes, tag: EntityTag("dry run"))
    }

    func get(_ key: BlobKey, ifChangedFrom tag: EntityTag) throws(StorageError) -> ChangedBlob {
        try store.get(key, ifChangedFrom: tag)
    }

    func put(
        _ key: BlobKey,
        _ bytes: [UInt8],
        if condition: WriteCondition
    ) throws(StorageError) -> EntityTag {
        throw .conditionFailed(key: key.text)
    }

    func delete(_ key: BlobKey) throws(StorageError) { throw .conditionFailed(key: key.text) }

    func entries(prefix: String) throws(StorageError) -> [BlobEntry] {
        try store.entries(prefix: prefix)
    }

    func honoursConditions() throws(StorageError) -> Bool { try store.honoursConditions() }
}
