import Bytes

/// A page or a file of the status function, to be served.
struct StatusFile {
    let name: String
    let bytes: [UInt8]

    /// The maximum size, in bytes.
    static let byteLimit = 1 << 20

    /// An entity tag for the bytes, a quoted FNV-1a hash.
    var version: [UInt8] {
        let hash = FNV1a.hash(bytes)
        var text: [UInt8] = []
        text.append("\"")
        for shift in stride(from: 56, through: 0, by: -8) {
            text.append(hexadecimal: UInt8(truncatingIfNeeded: hash >> UInt64(shift)))
        }
        text.append("\"")
        return text
    }

    /// Whether the client has this version: If-None-Match names its tag or `*`.
    func isKnown(by versions: [UInt8]) -> Bool {
        guard !versions.isEmpty else { return false }
        if versions.count == 1, versions[0] == UInt8(ascii: "*") { return true }
        let version = self.version
        guard versions.count >= version.count else { return false }
        return (0...versions.count - version.count).contains { start in
            versions[start..<start + version.count].elementsEqual(version)
        }
    }

    /// The media type, from the suffix of the name.
    var type: StaticString {
        let types: [(String, StaticString)] = [
            (".html", "text/html; charset=utf-8"), (".json", "application/json"),
            (".atom", "application/atom+xml"), (".svg", "image/svg+xml"),
            (".tsv", "text/tab-separated-values; charset=utf-8"),
            (".prom", "text/plain; version=0.0.4; charset=utf-8"),
        ]
        let name = Array(self.name.utf8)
        for (suffix, type) in types {
            let bytes = Array(suffix.utf8)
            if name.count > bytes.count, name.suffix(bytes.count).elementsEqual(bytes) {
                return type
            }
        }
        return "text/plain; charset=utf-8"
    }

    /// Header lines for files that a browser shows: a page may load only images from this host.
    static let fields: StaticString = """
        Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; \
        base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n\
        X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n
        """
}
