import Bytes
import FileDetailsFormat
import JSON
import Mirrors
import Redirection
import Time

/// The details of one file, copied from the blob.
struct FileFacts {
    let byteCount: UInt64
    let modified: Timestamp
    /// When the master removed it; nil if it exists.
    let removedAt: Timestamp?
    /// By algorithm, in lower-case hexadecimal.
    let digests: [(algorithm: DigestAlgorithm, hex: String)]

    /// Nil if the details are missing, or do not know the file.
    init?(of request: PageRequest, in snapshot: Snapshot) {
        guard let details = snapshot.details else { return nil }
        self.init(of: request.path, in: details)
    }

    init?(of path: [UInt8], in details: FileDetails) {
        let blob = details.blob
        let view = FileDetailsView(blob.bytes, reopeningWith: details.header)
        guard let file = unsafe view.file(at: path.span.bytes) else { return nil }
        byteCount = file.byteCount
        modified = Timestamp(secondsSinceEpoch: file.modified)
        removedAt = view.removedAt(of: file).map { Timestamp(secondsSinceEpoch: $0) }
        var digests: [(algorithm: DigestAlgorithm, hex: String)] = []
        for algorithm in DigestAlgorithm.allCases {
            guard let digest = view.digest(algorithm, of: file) else { continue }
            let hex = unsafe digest.withUnsafeBytes { unsafe String(hexadecimal: $0) }
            digests.append((algorithm, hex))
        }
        self.digests = digests
        // Return nothing rather than the zeros of a file that was truncated in the meantime.
        guard !blob.isTorn else { return nil }
    }

    /// Adds its properties as members of a JSON object.
    func add(to json: inout JSONText) {
        json.member("size", Int64(clamping: byteCount))
        json.member("modified", modified)
        if let removedAt { json.member("removed", removedAt) }
        guard !digests.isEmpty else { return }
        json.beginObject("digests")
        for (algorithm, hex) in digests { json.member(algorithm.name, hex) }
        json.endObject()
    }
}

extension DigestAlgorithm {
    /// The name in the registries of RFC 9530 and RFC 5854; for BLAKE2b, which is in neither, the
    /// common one.
    var name: StaticString {
        switch self {
        case .sha256: "sha-256"
        case .sha512: "sha-512"
        case .blake2b: "blake2b-512"
        }
    }

    /// Whether a Metalink may contain it (RFC 5854, section 4.2.4.2).
    var isForMetalinks: Bool { self != .blake2b }
}
