import Catalogs
import FileDetailsFormat
import Mirrors
import ObjectStorage
import Time

/// Publishes the lengths, times and digests of a catalog generation's files, for the redirector's
/// pages.
///
/// One blob serves all regions and is written once: a generation never changes.
enum DetailsPublication {
    /// Writes the details of `catalog`, including those of `removals`, unless they exist.
    ///
    /// Returns whether it wrote them.
    static func publish(
        _ catalog: Catalog,
        with removals: Removals = .none,
        to store: any BlobStore
    ) throws -> Bool {
        try publish(FileDetailsKey.text(generation: catalog.generation), of: catalog, to: store) {
            try details(of: catalog, with: removals).finished()
        }
    }

    /// Writes the names in each folder of `catalog`, unless they exist.
    static func publishFolders(of catalog: Catalog, to store: any BlobStore) throws {
        let text = FileDetailsKey.folders(generation: catalog.generation)
        _ = try publish(text, of: catalog, to: store) {
            var writer = FolderNamesWriter(
                catalogGeneration: catalog.generation,
                expectedPathCount: catalog.count
            )
            for id in catalog.ids where catalog.isLive(id) {
                writer.add(path: catalog.pathBytes(of: id), isFolder: catalog.leadsToDirectory(id))
            }
            return try writer.finished()
        }
    }

    private static func publish(
        _ text: String,
        of catalog: Catalog,
        to store: any BlobStore,
        bytes: () throws -> [UInt8]
    ) throws -> Bool {
        guard catalog.generation > 0 else { return false }
        let key = try BlobKey(text)
        guard try !store.list(prefix: key.text).contains(key) else { return false }
        let bytes = try bytes()
        do throws(StorageError) {
            try store.put(key, bytes, if: .absent)
            return true
        } catch .conditionFailed {
            // Another builder was faster, with the same bytes.
            return false
        }
    }

    /// Served files and links to files; directories have neither a size nor a digest.
    private static func details(
        of catalog: Catalog,
        with removals: Removals
    ) -> FileDetailsWriter {
        var writer = FileDetailsWriter(
            catalogGeneration: catalog.generation,
            expectedFileCount: catalog.count
        )
        let removedAt = Dictionary(
            removals.entries.map { ($0.file, $0.removedAt.secondsSinceEpoch) },
            uniquingKeysWith: { first, _ in first }
        )
        for id in catalog.ids where catalog.isLive(id) || removedAt[id] != nil {
            guard let byteCount = catalog.byteCount(of: id) else { continue }
            writer.add(
                path: catalog.pathBytes(of: id),
                byteCount: byteCount,
                modified: catalog.modified(of: id).secondsSinceEpoch,
                digests: digests(of: id, in: catalog),
                removedAt: removedAt[id]
            )
        }
        return writer
    }

    private static func digests(of id: FileID, in catalog: Catalog) -> [DigestAlgorithm: [UInt8]] {
        let known = catalog.digests(of: id)
        var digests: [DigestAlgorithm: [UInt8]] = [:]
        for algorithm in known.algorithms {
            digests[algorithm.inDetails] = known[algorithm].map { Array($0) }
        }
        return digests
    }
}

extension Digests.Algorithm {
    /// The algorithm under its name in file details.
    fileprivate var inDetails: DigestAlgorithm {
        switch self {
        case .sha256: .sha256
        case .sha512: .sha512
        case .blake2b: .blake2b
        }
    }
}
