package import ObjectStorage

/// Reads every blob and reports what is wrong.
///
/// It checks the magic, version and CRC-32 of each ``BlobKind``, that JSON is valid for its reader,
/// and the references between blobs. It reads everything once and never writes.
package struct Verification {
    private let store: any BlobStore

    package init(_ store: any BlobStore) {
        self.store = store
    }

    /// A finding about a blob.
    package struct Finding: Error, Equatable {
        package let key: String
        package let problem: String

        package init(_ key: String, _ problem: String) {
            self.key = key
            self.problem = problem
        }
    }

    package struct Outcome: Equatable, Sendable {
        package var blobCount = 0
        package var byteCount = 0
        /// Errors.
        package var findings: [Finding] = []
        /// Harmless oddities: unknown blobs, and blobs that nothing uses any more.
        package var notes: [Finding] = []
    }

    package func run() throws(StorageError) -> Outcome {
        var outcome = Outcome()
        var seen = BlobReferences()
        for entry in try store.entries(prefix: "") {
            // It may have been removed since the listing.
            guard let blob = try store.get(entry.key) else { continue }
            outcome.blobCount += 1
            outcome.byteCount += blob.bytes.count
            let key = entry.key.text
            guard let (kind, name) = BlobKind.kind(of: key) else {
                outcome.notes.append(Finding(key, "no part of the system has a blob of this name"))
                continue
            }
            do {
                try kind.check(name, blob.bytes, &seen)
            } catch let mismatch as BlobKind.Mismatch {
                outcome.findings.append(Finding(key, mismatch.problem))
            } catch {
                outcome.findings.append(Finding(key, "\(error)"))
            }
        }
        outcome.findings += seen.findings()
        outcome.notes += seen.notes()
        return outcome
    }
}
