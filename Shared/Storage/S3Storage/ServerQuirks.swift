import HTTPTransport
import Synchronization

/// The peculiarities of the server behind a store.
///
/// They are learnt from its answers, once for each process, and shared by the copies of a store.
final class ServerQuirks: Sendable {
    /// Whether blobs are sent with their CRC-32, and checksums requested with blobs;
    /// `S3_CHECKSUMS`.
    ///
    /// Backblaze B2 answers 400 to `x-amz-checksum-*`, Cloudflare R2 501; both name the header.
    enum Checksums: String, Sendable, CaseIterable {
        /// Until the server rejects them.
        case auto
        case off
    }

    private struct Found {
        var sendsChecksums: Bool
        var hasPlainTags = false
        var honoursConditions: Bool?
    }

    private let found: Mutex<Found>

    init(_ checksums: Checksums) {
        found = Mutex(Found(sendsChecksums: checksums == .auto))
    }

    var sendsChecksums: Bool { found.withLock { $0.sendsChecksums } }

    /// Whether conditional writes work; nil if not tested yet.
    var honoursConditions: Bool? {
        get { found.withLock { $0.honoursConditions } }
        set { found.withLock { $0.honoursConditions = newValue } }
    }

    /// Omits checksums from now on; false if they were omitted already.
    func giveUpChecksums() -> Bool {
        found.withLock { found in
            defer { found.sendsChecksums = false }
            return found.sendsChecksums
        }
    }

    /// An entity tag in the form of RFC 9110, section 8.8.3, so that it is the same from every
    /// server: some omit the quotation marks.
    func standard(_ tag: String) -> String {
        if tag.hasPrefix("\"") || tag.hasPrefix("W/") { return tag }
        found.withLock { $0.hasPlainTags = true }
        return "\"\(tag)\""
    }

    /// The tag in the server's own form.
    func native(_ tag: String) -> String {
        guard found.withLock({ $0.hasPlainTags }), tag.utf8.count >= 2, tag.hasPrefix("\"")
        else { return tag }
        return String(tag.dropFirst().dropLast())
    }
}
