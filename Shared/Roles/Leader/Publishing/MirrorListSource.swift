import Glibc
import Mirrors
import URLs

/// Where a mirror list is read from.
package enum MirrorListSource: Equatable, Sendable {
    /// An http or https URL.
    case web(url: String)
    /// An absolute path of the local file system, given as a `file://` URL.
    case file(path: String)

    /// Nil for anything but an http, https or `file:///` URL.
    package init?(_ url: String) {
        guard let parts = URLParts(url) else { return nil }
        if parts.hasScheme("http") || parts.hasScheme("https") {
            self = .web(url: url)
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
            throw .unreadableMirrorList(path: path, reason: systemMessage(errno))
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= limit {
            let count = unsafe read(descriptor, &chunk, min(chunk.count, limit + 1 - bytes.count))
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                throw .unreadableMirrorList(path: path, reason: systemMessage(errno))
            }
            bytes.append(contentsOf: chunk.prefix(count))
        }
        return bytes
    }
}
