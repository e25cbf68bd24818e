import Glibc
import Linux
import Mirrors
package import URLs

/// Where a mirror list is read from.
package enum MirrorListSource: Equatable, Sendable {
    /// An http or https URL.
    case web(url: PrivateURL)
    /// An absolute path of the local file system, given as a `file://` URL.
    case file(path: String)

    /// Nil for anything but an http, https or `file:///` URL.
    package init?(_ url: String) {
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

    /// The bytes of the file at `path`, at most one more than `limit`, so that the reader can tell a
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
