package import BlobFormat
import FunctionRuntime
package import Mirrors
package import ObjectStorage
import Time

/// The results of an earlier look, for the next one: the blob `history/facts`, described in
/// FORMAT.md.
///
/// It is only a cache: the inputs of each fact are recorded as versions of blobs, and a fact is
/// valid as long as these are current. If the blob is missing or damaged, a look takes longer, with
/// the same result.
package struct RememberedFacts: Equatable, Sendable {
    /// The facts about the files of one mirror.
    package struct Entry: Equatable, Sendable {
        /// A digest of all inputs.
        package var inputs: [UInt8]
        /// Until when they are valid without changes, in seconds since 1970, because proofs expire.
        package var validUntil: Int64
        /// See ``MirrorFacts/fileFacts``.
        package var facts: [UInt8]
        /// The files it holds; see ``HeldFilesCoding``.
        package var held: [UInt8]
    }

    /// The number of holders of each file.
    struct CoverageEntry: Equatable, Sendable {
        /// A digest of which mirrors hold which files and are in which maps.
        var inputs: [UInt8]
        var pathsByHolders: [Region.ID: [Int]]
    }

    /// The catalog that everything is based on.
    struct Tree: Equatable, Sendable {
        var generation: UInt32
        var publishedAt: Timestamp
        var pathCount: Int
    }

    package static let key = "history/facts"

    /// The program that wrote it: another version may find other things.
    var writer = Function.version
    /// What the facts are used for: pages with other settings must be made again.
    package var purpose = ""
    var tree: Tree?
    package var entries: [Mirror.ID: Entry] = [:]
    var coverage: CoverageEntry?
    var copies: [String: RememberedBlobs.Copy] = [:]

    package init(purpose: String = "") {
        self.purpose = purpose
    }

    /// The blob in `store`; empty if it is missing, damaged, or another program's.
    static func read(_ store: any BlobStore) throws(StorageError) -> RememberedFacts {
        guard let blob = try store.get(BlobKey(key)) else { return RememberedFacts() }
        do throws(BlobFormatError) {
            let found = try RememberedFacts(decoding: blob.bytes)
            return found.writer == Function.version ? found : RememberedFacts()
        } catch {
            Log.warning(
                "status memory unreadable, ignored",
                [
                    "key": key, "reason": error,
                ]
            )
            return RememberedFacts()
        }
    }

    /// Writes it for the next look.
    package func write(to store: any BlobStore) throws(StorageError) {
        try store.put(BlobKey(Self.key), encoded())
    }
}

// MARK: - The blob

extension RememberedFacts {
    /// 1,700 mirrors with a million files of which they have every second take 220 MB.
    private static let type = BlobType(magic: "RFCT", version: 2, contentLimit: 512 << 20)

    package func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.appendCounted(self.writer.utf8)
        writer.appendCounted(purpose.utf8)
        writer.appendVarint(tree == nil ? 0 : 1)
        if let tree {
            writer.append(tree.generation)
            writer.append(tree.publishedAt.secondsSinceEpoch)
            writer.appendVarint(UInt64(tree.pathCount))
        }
        writer.appendVarint(UInt64(entries.count))
        for (id, entry) in entries.sorted(by: { $0.key < $1.key }) {
            writer.appendCounted(id.utf8)
            writer.appendCounted(entry.inputs)
            writer.append(entry.validUntil)
            writer.appendCounted(entry.facts)
            writer.appendCounted(entry.held)
        }
        writer.appendVarint(coverage == nil ? 0 : 1)
        if let coverage {
            writer.appendCounted(coverage.inputs)
            writer.appendVarint(UInt64(coverage.pathsByHolders.count))
            for (region, counts) in coverage.pathsByHolders.sorted(by: { $0.key < $1.key }) {
                writer.appendCounted(region.utf8)
                writer.appendVarint(UInt64(counts.count))
                for count in counts { writer.appendVarint(UInt64(count)) }
            }
        }
        writer.appendVarint(UInt64(copies.count))
        for (key, copy) in copies.sorted(by: { $0.key < $1.key }) {
            writer.appendCounted(key.utf8)
            writer.appendCounted(copy.version.utf8)
            writer.appendCounted(copy.tag.text.utf8)
            writer.appendCounted(copy.bytes)
        }
        return Self.type.sealed(writer.bytes)
    }

    package init(decoding blob: [UInt8]) throws(BlobFormatError) {
        var reader = ByteReader(try Self.type.open(blob).content)
        writer = try reader.readText()
        purpose = try reader.readText()
        if try reader.readVarint(of: "tree", atMost: 1) == 1 {
            tree = Tree(
                generation: try reader.readUInt32(),
                publishedAt: Timestamp(secondsSinceEpoch: try reader.readInt64()),
                pathCount: try reader.readCount()
            )
        }
        for _ in 0..<(try reader.readCount()) {
            let id = try reader.readText()
            entries[id] = Entry(
                inputs: Array(try reader.readCounted()),
                validUntil: try reader.readInt64(),
                facts: Array(try reader.readCounted()),
                held: Array(try reader.readCounted())
            )
        }
        if try reader.readVarint(of: "coverage", atMost: 1) == 1 {
            var entry = CoverageEntry(inputs: Array(try reader.readCounted()), pathsByHolders: [:])
            for _ in 0..<(try reader.readCount()) {
                let region = try reader.readText()
                var counts: [Int] = []
                for _ in 0..<(try reader.readCount()) { counts.append(try reader.readCount()) }
                entry.pathsByHolders[region] = counts
            }
            coverage = entry
        }
        for _ in 0..<(try reader.readCount()) {
            let key = try reader.readText()
            copies[key] = RememberedBlobs.Copy(
                version: try reader.readText(),
                tag: EntityTag(try reader.readText()),
                bytes: Array(try reader.readCounted())
            )
        }
        try reader.finish()
    }
}

extension ByteReader {
    mutating func readText() throws(BlobFormatError) -> String {
        String(decoding: try readCounted(), as: UTF8.self)
    }

    /// A count, limited by the remaining bytes, because each item takes at least one.
    mutating func readCount() throws(BlobFormatError) -> Int {
        Int(try readVarint(of: "count", atMost: UInt64(Int32.max)))
    }
}
