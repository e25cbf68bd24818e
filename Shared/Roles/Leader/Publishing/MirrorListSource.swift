import Glibc
import Mirrors

/// Where a mirror list is read from.
package enum MirrorListSource: Equatable, Sendable {
    /// An http or https URL.
    case web(url: String)
    /// An absolute path of the local file system, given as a `file://` URL.
    case file(path: String)

    /// Nil for anything but an http, https or `file:///` URL.
    package init?(_ url: String) {
        let scheme = url.prefix { $0 != ":" }.lowercased()
        switch scheme {
        case "http", "https":
            self = .web(url: url)
        case "file":
            let path = url.dropFirst("file://".count)
            guard url.dropFirst(4).hasPrefix(":///"), let path = Self.unescaped(path.utf8) else {
                return nil
            }
            self = .file(path: path)
        default: return nil
        }
    }

    /// The text that percent-encoding stands for, or nil where it stands for none.
    private static func unescaped(_ text: Substring.UTF8View) -> String? {
        var bytes: [UInt8] = []
        var rest = text[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(PercentEncoding.hexValue),
                let low = rest.popFirst().flatMap(PercentEncoding.hexValue), high | low != 0
            else { return nil }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
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
