import Bytes
import Hashing
import JSON
import ObjectStorage
import Time

/// Writes files below `status/` if they differ from those written before.
///
/// Digests of written files are kept in `history/pages.json`, so that a run without changes reads
/// two blobs and a listing.
struct StatusWriter {
    private let store: any BlobStore

    init(_ store: any BlobStore) {
        self.store = store
    }

    struct Outcome: Equatable {
        var fileCount = 0
        var byteCount = 0
        var removedCount = 0
    }

    /// The maximum size of a file that redirectors serve.
    static let byteLimit = 1 << 20
    private static let prefix = "status/"
    private static let digestsKey = "history/pages.json"

    /// Writes `files` in order, then removes all others.
    ///
    /// Nil, with nothing written, if a file that should stay is missing or differs.
    func write(_ files: [StatusFiles.File]) throws(StorageError) -> Outcome? {
        var outcome = Outcome()
        var sizes: [String: Int] = [:]
        for entry in try store.entries(prefix: Self.prefix) {
            sizes[entry.key.text] = entry.byteCount
        }
        let known = try digests()
        for file in files where file.bytes == nil {
            guard known[file.name] != nil, sizes[Self.prefix + file.name] != nil else { return nil }
        }
        var digests = JSONObject()
        for file in files {
            let key = Self.prefix + file.name
            let size = sizes.removeValue(forKey: key)
            guard let bytes = file.bytes else {
                digests.append(file.name, known[file.name] ?? .null)
                continue
            }
            let digest = Self.digest(of: bytes)
            digests.append(file.name, .string(digest))
            if size == bytes.count, known[file.name] == .string(digest) { continue }
            try store.put(BlobKey(key), bytes)
            outcome.fileCount += 1
            outcome.byteCount += bytes.count
        }
        for key in sizes.keys.sorted() {
            try store.delete(BlobKey(key))
            outcome.removedCount += 1
        }
        if outcome != Outcome() {
            let value: JSONValue = ["version": 1, "pages": .object(digests)]
            try store.put(BlobKey(Self.digestsKey), value.serialized())
        }
        return outcome
    }

    /// For each name, the digest of the written file; an unreadable record means writing again.
    private func digests() throws(StorageError) -> [String: JSONValue] {
        guard let blob = try store.get(BlobKey(Self.digestsKey)),
            case .object(let object)? = try? JSONValue(parsing: blob.bytes),
            case .object(let pages)? = object["pages"]
        else { return [:] }
        var digests: [String: JSONValue] = [:]
        for member in pages.members { digests[member.key] = member.value }
        return digests
    }

    /// 96 bits of BLAKE2b.
    private static func digest(of bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for byte in BLAKE2b.digest(of: bytes, byteCount: 12) { text.append(hexadecimal: byte) }
        return String(decoding: text, as: UTF8.self)
    }
}
