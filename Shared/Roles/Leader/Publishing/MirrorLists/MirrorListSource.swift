import Glibc
import Linux
import Mirrors
package import ObjectStorage
package import URLs

/// Where a mirror list comes from.
package enum MirrorListSource: Equatable, Sendable {
    /// An http or https URL.
    case web(url: PrivateURL)
    /// An absolute path in the local file system, given as a `file://` URL.
    case file(path: String)
    /// A blob in the same storage, given as `storage:KEY`.
    case blob(key: BlobKey)

    /// Nil unless `url` is an http, https or `file:///` URL, or `storage:KEY`.
    package init?(_ url: String) {
        if url.hasPrefix("storage:") {
            guard let key = try? BlobKey(String(url.dropFirst("storage:".count))) else {
                return nil
            }
            self = .blob(key: key)
            return
        }
        guard let parts = URLParts(url) else { return nil }
        if parts.hasScheme("http") || parts.hasScheme("https") {
            self = .web(url: PrivateURL(url))
        } else if parts.hasScheme("file"), parts.authority.isEmpty, parts.path.hasPrefix("/"),
            let path = PercentEncoding.decodedText(url[parts.path.startIndex...])
        {
            self = .file(path: path)
        } else {
            return nil
        }
    }

    /// Whether it is only the list of operators' own mirrors.
    package var isOwn: Bool {
        if case .blob(let key) = self { key.text == BlobName.ownMirrors } else { false }
    }

    /// The bytes of a blob with a list; throws if it does not exist.
    package static func bytes(
        of key: BlobKey,
        in store: any BlobStore
    ) throws(PublishingError) -> [UInt8] {
        do throws(StorageError) {
            if let blob = try store.get(key) { return blob.bytes }
        } catch {
            throw .storage(error)
        }
        throw .noList(key: key.text)
    }

    /// The bytes of the file at `path`, at most `limit` plus one, so that the reader notices a
    /// longer file.
    package static func bytes(
        ofFile path: String,
        limit: Int
    ) throws(PublishingError) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .unreadableMirrorList(path: path, reason: systemText())
        }
        defer { close(descriptor) }
        do throws(SystemError) {
            return try readAll(from: descriptor, limit: limit + 1)
        } catch {
            throw .unreadableMirrorList(path: path, reason: error.reason)
        }
    }
}
