import ObjectStorage
import Synchronization

/// Storage as of one listing, with copies of small blobs that have not changed since an earlier
/// look.
///
/// The listing gives the version of each blob, so a copy of that version replaces a read. The blobs
/// of many functions then cost one listing, and one read for each changed blob. Writes go through,
/// and what was written is read from storage itself.
final class RememberedBlobs: BlobStore {
    /// A blob as it was read.
    struct Copy: Equatable, Sendable {
        /// Its version in listings.
        var version: String
        /// Its version in reads, for conditions of writes.
        var tag: EntityTag
        var bytes: [UInt8]
    }

    private struct State {
        /// The copies that are still valid, including those of this look.
        var copies: [String: Copy]
        var written: Set<String> = []
    }

    /// The maximum size of a blob that is copied, and of all copies.
    private static let copyLimit = 1 << 20
    private static let totalLimit = 16 << 20
    /// Blobs that are large, change every time, or are never read.
    private static let uncopied = [
        "catalog/0", "checks/", "details/", "history/", "latency/", "leases/", "status/",
    ]

    private let store: any BlobStore
    private let listing: [BlobEntry]
    private let numbers: [String: Int]
    private let state: Mutex<State>

    /// Lists all of `store`, and uses those of `copies` whose versions are current.
    init(_ store: any BlobStore, copies: [String: Copy] = [:]) throws(StorageError) {
        self.store = store
        listing = try store.entries(prefix: "")
        var numbers: [String: Int] = [:]
        numbers.reserveCapacity(listing.count)
        for (number, entry) in listing.enumerated() { numbers[entry.key.text] = number }
        self.numbers = numbers
        let entries = listing
        state = Mutex(
            State(
                copies: copies.filter { key, copy in
                    numbers[key].map { entries[$0].tag?.text == copy.version } ?? false
                }
            )
        )
    }

    /// The version of a blob in the listing; nil if it has none, or the blob does not exist.
    func version(of key: String) -> String? {
        numbers[key].flatMap { listing[$0].tag?.text }
    }

    func contains(_ key: String) -> Bool { numbers[key] != nil }

    /// Copies for the next look, as far as there is room.
    var copies: [String: Copy] {
        var left = Self.totalLimit
        return state.withLock { $0.copies }.sorted { $0.key < $1.key }
            .reduce(into: [:]) { kept, entry in
                guard entry.value.bytes.count <= left else { return }
                left -= entry.value.bytes.count
                kept[entry.key] = entry.value
            }
    }

    func get(_ key: BlobKey) throws(StorageError) -> Blob? {
        let name = key.text
        let (copy, isWritten) = state.withLock { ($0.copies[name], $0.written.contains(name)) }
        if isWritten { return try store.get(key) }
        if let copy { return Blob(bytes: copy.bytes, tag: copy.tag) }
        guard let number = numbers[name] else { return nil }
        guard let blob = try store.get(key) else { return nil }
        if let version = listing[number].tag?.text, blob.bytes.count <= Self.copyLimit,
            !Self.uncopied.contains(where: name.hasPrefix), !name.hasSuffix(".map")
        {
            state.withLock {
                $0.copies[name] = Copy(version: version, tag: blob.tag, bytes: blob.bytes)
            }
        }
        return blob
    }

    func get(
        _ key: BlobKey,
        ifChangedFrom tag: EntityTag
    ) throws(StorageError) -> ChangedBlob {
        try store.get(key, ifChangedFrom: tag)
    }

    func get(
        _ key: BlobKey,
        bytes range: Range<Int>,
        of tag: EntityTag
    ) throws(StorageError) -> [UInt8] {
        try store.get(key, bytes: range, of: tag)
    }

    @discardableResult
    func put(
        _ key: BlobKey,
        _ bytes: [UInt8],
        if condition: WriteCondition
    ) throws(StorageError) -> EntityTag {
        noteWrite(key)
        return try store.put(key, bytes, if: condition)
    }

    func delete(_ key: BlobKey) throws(StorageError) {
        noteWrite(key)
        try store.delete(key)
    }

    private func noteWrite(_ key: BlobKey) {
        state.withLock { state in
            state.copies[key.text] = nil
            _ = state.written.insert(key.text)
        }
    }

    func entries(prefix: String) throws(StorageError) -> [BlobEntry] {
        let isChanged = state.withLock { $0.written.contains { $0.hasPrefix(prefix) } }
        if isChanged { return try store.entries(prefix: prefix) }
        return listing.filter { $0.key.text.hasPrefix(prefix) }
    }

    func honoursConditions() throws(StorageError) -> Bool { try store.honoursConditions() }
}
