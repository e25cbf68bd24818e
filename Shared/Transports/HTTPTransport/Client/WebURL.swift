import CCurl
import URLs

/// The parts of an http or https URL, as libcurl parses it.
///
/// It uses libcurl's own parser, so that the judged host is the one that libcurl will connect to:
/// it reads `http://2130706433/` as `http://127.0.0.1/`.
package struct WebURL: Hashable, Sendable {
    /// In lower case.
    package let scheme: String
    /// In lower case; an IPv6 address without brackets.
    package let host: String
    package let port: String
    /// Encoded, with a leading slash, without the query.
    package let path: String

    package init?(_ text: String) {
        guard let url = unsafe curl_url() else { return nil }
        defer { unsafe curl_url_cleanup(url) }
        guard unsafe curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK,
            let scheme = unsafe Self.part(url, CURLUPART_SCHEME),
            let host = unsafe Self.part(url, CURLUPART_HOST),
            let port = unsafe Self.part(url, CURLUPART_PORT, UInt32(CURLU_DEFAULT_PORT)),
            let path = unsafe Self.part(url, CURLUPART_PATH)
        else { return nil }
        self.scheme = scheme.lowercased()
        let name = host.lowercased()
        self.host = name.hasPrefix("[") ? String(name.dropFirst().dropLast()) : name
        self.port = port
        self.path = path
    }

    package var isTLS: Bool { scheme == "https" }

    /// The last nonempty component of the path, decoded; empty for the root.
    package var lastComponent: [UInt8] {
        let last = Array(path.utf8).split(separator: UInt8(ascii: "/")).last ?? []
        return PercentEncoding.decoded(last.span)
    }

    private static func part(
        _ url: OpaquePointer,
        _ what: CURLUPart,
        _ flags: UInt32 = 0
    ) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard unsafe curl_url_get(url, what, &text, flags) == CURLUE_OK, let text = unsafe text
        else { return nil }
        defer { unsafe curl_free(text) }
        return unsafe String(cString: text)
    }
}
