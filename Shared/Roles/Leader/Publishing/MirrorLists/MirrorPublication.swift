package import JSON
package import MirrorListImport
import MirrorStorage
package import Mirrors
package import ObjectStorage

/// The outcome of publishing a mirror list.
package struct MirrorPublication: Sendable {
    package let update: MirrorListUpdate
    package let isPublished: Bool
    /// The changes; empty if nothing was published.
    package let changes: MirrorListChanges

    /// Updates `mirrors.json` from a list, `overrides.json` and `places.json`, and writes it if
    /// that changes anything.
    ///
    /// Throws, with storage unchanged, if a blob cannot be read, an override matches nothing, the
    /// list has no usable mirror or lacks more than a third of the mirrors listed before (unless
    /// `allowsShrink`), or another leader was faster.
    package init(
        of listed: [ListedMirror],
        in store: any BlobStore,
        allowingShrink allowsShrink: Bool = false
    ) throws(PublishingError) {
        let stored = try Stored(store)
        var update = MirrorListUpdate(of: stored.list, with: listed)
        try Self.check(update, against: stored.list, allowsShrink)
        update.place(by: stored.places)
        if let overrides = stored.overrides {
            update.apply(try Self.read(overrides.json, overrides.bytes, for: update.list))
        }
        let bytes = update.list.json.prettySerialized()
        isPublished = bytes != stored.blob?.bytes
        self.update = update
        changes = MirrorListChanges(
            from: isPublished ? stored.list : MirrorList(),
            to: update.list
        )
        guard isPublished else { return }
        do throws(StorageError) {
            let condition: WriteCondition = stored.blob.map { .unchanged($0.tag) } ?? .absent
            try store.put(BlobKey(BlobName.mirrors), bytes, if: condition)
        } catch {
            throw .storage(error)
        }
    }

    /// What storage has before the update.
    private struct Stored {
        /// Empty if there is none.
        let list: MirrorList
        /// The blob of the list; nil if there is none.
        let blob: Blob?
        let overrides: (json: JSONValue, bytes: [UInt8])?
        let places: HostPlaces

        init(_ store: any BlobStore) throws(PublishingError) {
            do {
                places = try store.hostPlaces()
            } catch {
                throw .storage(error)
            }
            do {
                let stored = try store.mirrorList()
                list = stored?.list ?? MirrorList()
                blob = stored?.blob
                overrides = try store.json(BlobName.overrides).map { ($0.json, $0.blob.bytes) }
            } catch .badBlob(key: BlobName.overrides, let error) {
                throw .badOverride(
                    key: BlobName.overrides,
                    line: MirrorPublication.line(of: error, in: store),
                    error
                )
            } catch {
                throw .state(error)
            }
        }
    }

    /// Refuses an update without usable mirrors, or without too many of those that were listed.
    private static func check(
        _ update: MirrorListUpdate,
        against known: MirrorList,
        _ allowsShrink: Bool
    ) throws(PublishingError) {
        guard update.list.mirrors.contains(where: \.isListed) else {
            throw .noMirrors(
                leftOutCount: update.leftOut.count,
                reasons: update.leftOut.prefix(3).map(\.description)
            )
        }
        let listedCount = known.mirrors.count(where: \.isListed)
        guard allowsShrink || update.gone.count * 3 <= listedCount else {
            throw .mirrorsShrunk(
                goneCount: update.gone.count,
                listedCount: listedCount,
                examples: Array(update.gone.prefix(3))
            )
        }
    }

    /// The overrides, for the mirrors of `list`; `bytes` are those of the blob.
    private static func read(
        _ json: JSONValue,
        _ bytes: [UInt8],
        for list: MirrorList?
    ) throws(PublishingError) -> MirrorOverrides {
        do throws(JSONError) {
            return try MirrorOverrides(json: json, for: list)
        } catch {
            throw .badOverride(
                key: BlobName.overrides,
                line: JSONErrorLine.line(of: error, in: bytes),
                error
            )
        }
    }

    /// Why an import for the mirrors of `list` would reject these overrides; nil if it would accept
    /// them.
    package static func problem(
        ofOverrides bytes: [UInt8],
        for list: MirrorList?
    ) -> PublishingError? {
        do throws(JSONError) {
            _ = try MirrorOverrides(json: JSONValue(parsing: bytes), for: list)
            return nil
        } catch {
            return .badOverride(
                key: BlobName.overrides,
                line: JSONErrorLine.line(of: error, in: bytes),
                error
            )
        }
    }

    /// The line of the overrides that is wrong, or nil if unknown.
    private static func line(of error: JSONError, in store: any BlobStore) -> Int? {
        guard let key = try? BlobKey(BlobName.overrides), let blob = try? store.get(key) else {
            return nil
        }
        return JSONErrorLine.line(of: error, in: blob.bytes)
    }

    /// The publication as members of the leader's result.
    package var json: JSONObject {
        let listed = update.list.mirrors.filter(\.isListed)
        return [
            "mirrors": .integer(Int64(listed.count)),
            "accessPoints": .integer(Int64(listed.reduce(0) { $0 + $1.accessPoints.count })),
            "mirrorsPublished": .bool(isPublished),
            "mirrorsEnabled": .integer(Int64(update.list.mirrors.count(where: \.isEnabled))),
            "mirrorsAdded": .array(update.added.map { .string($0) }),
            "mirrorsGone": .array(update.gone.map { .string($0) }),
            "mirrorsMoved": .array(update.moved.map { .string($0.description) }),
            "mirrorsMerged": .array(update.merged.map { .string($0.description) }),
            "hostsShared": .array(update.sharedHosts.map { .string($0.description) }),
            "mirrorsLeftOut": .array(update.leftOut.map { .string($0.description) }),
        ]
    }
}
