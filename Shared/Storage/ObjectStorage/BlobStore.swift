/// Object storage: named blobs that are replaced whole.
///
/// The calls block. Every write is atomic, and durable when it returns: a reader sees either the
/// old bytes or the new ones, even after a crash. A missing blob is a value, not an error.
package protocol BlobStore: Sendable {
    /// The blob under `key`, or nil if there is none.
    func get(_ key: BlobKey) throws(StorageError) -> Blob?

    /// The blob under `key`, unless it is still the version `tag`.
    func get(_ key: BlobKey, ifChangedFrom tag: EntityTag) throws(StorageError) -> ChangedBlob

    /// The bytes `range` of the version `tag` of the blob under `key`.
    ///
    /// Throws ``StorageError/conditionFailed(key:)`` if the blob has another version by now, or is
    /// gone: parts of two versions are never mixed. A range beyond the end returns what exists.
    func get(
        _ key: BlobKey,
        bytes range: Range<Int>,
        of tag: EntityTag
    ) throws(StorageError) -> [UInt8]

    /// Replaces the blob under `key` and returns the new tag.
    ///
    /// Throws ``StorageError/conditionFailed(key:)`` if `condition` is not met, with nothing
    /// written.
    @discardableResult
    func put(
        _ key: BlobKey,
        _ bytes: [UInt8],
        if condition: WriteCondition
    ) throws(StorageError) -> EntityTag

    /// Removes the blob under `key`; no error if there is none.
    func delete(_ key: BlobKey) throws(StorageError)

    /// The blobs whose keys begin with `prefix`, in byte order of their keys.
    func entries(prefix: String) throws(StorageError) -> [BlobEntry]

    /// Whether the store refuses a write whose condition is not met.
    ///
    /// Some S3 servers ignore the condition. Tested once per store, by a write; see ``Lease``.
    func honoursConditions() throws(StorageError) -> Bool
}

extension BlobStore {
    /// The keys that begin with `prefix`, in byte order.
    package func list(prefix: String) throws(StorageError) -> [BlobKey] {
        var keys: [BlobKey] = []
        for entry in try entries(prefix: prefix) { keys.append(entry.key) }
        return keys
    }

    package func get(
        _ key: BlobKey,
        bytes range: Range<Int>,
        of tag: EntityTag
    ) throws(StorageError) -> [UInt8] {
        guard let blob = try get(key), blob.tag == tag else {
            throw .conditionFailed(key: key.text)
        }
        return Array(blob.bytes[range.clamped(to: 0..<blob.bytes.count)])
    }

    package func honoursConditions() throws(StorageError) -> Bool { true }

    @discardableResult
    package func put(_ key: BlobKey, _ bytes: [UInt8]) throws(StorageError) -> EntityTag {
        try put(key, bytes, if: .always)
    }
}

/// The bytes of a blob, with their version.
package struct Blob: Equatable, Sendable {
    package let bytes: [UInt8]
    package let tag: EntityTag

    package init(bytes: [UInt8], tag: EntityTag) {
        self.bytes = bytes
        self.tag = tag
    }
}

/// An entry of a listing.
package struct BlobEntry: Hashable, Sendable {
    package let key: BlobKey
    package let byteCount: Int
    /// When this version was written, in seconds since 1970, by the store's clock.
    package let modifiedAt: Int64
    /// Its version; nil if the store's listings have none.
    ///
    /// Compare it only with those of other listings: a read may return another tag for the same
    /// version.
    package let tag: EntityTag?

    package init(key: BlobKey, byteCount: Int, modifiedAt: Int64, tag: EntityTag? = nil) {
        self.key = key
        self.byteCount = byteCount
        self.modifiedAt = modifiedAt
        self.tag = tag
    }
}

/// The result of a conditional read.
package enum ChangedBlob: Equatable, Sendable {
    case unchanged
    case changed(Blob)
    case absent
}

/// Identifies one version of a blob; can only be compared for equality.
package struct EntityTag: Hashable, Sendable {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }
}

/// The condition of a write.
package enum WriteCondition: Hashable, Sendable {
    case always
    /// Only if there is no blob (`If-None-Match: *`).
    case absent
    /// Only over this version (`If-Match`).
    case unchanged(EntityTag)
}

/// The name of a blob: components of `A-Z a-z 0-9 . _ -` joined by `/`, such as `maps/europe.map`.
///
/// The narrow alphabet makes a key identical in a file system, in a URL and in an S3 signature.
package struct BlobKey: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let text: String

    /// Throws ``StorageError/invalidKey(_:)`` for anything else, including `.` and `..`.
    package init(_ text: String) throws(StorageError) {
        let components = text.utf8.split(
            separator: UInt8(ascii: "/"),
            omittingEmptySubsequences: false
        )
        for component in components {
            guard !component.isEmpty, component.first != UInt8(ascii: "."),
                component.allSatisfy(Self.isAllowed)
            else { throw .invalidKey(text) }
        }
        self.text = text
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }

    package static func < (left: BlobKey, right: BlobKey) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    package var description: String { text }
}
