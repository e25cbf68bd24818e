import Bytes
package import Mirrors
import URLs

/// A request that a web server passes to a CGI program in the environment (RFC 3875).
package enum CGIRequest {
    /// The request as an HTTP/1.1 head, and its peer.
    ///
    /// So a CGI request goes through the same parser and limits as one from a socket, and anything
    /// that a careless server put into a variable is refused there.
    ///
    /// The path: if REQUEST_URI begins with SCRIPT_NAME, the rest is the client's own spelling and
    /// is decoded later, once. Otherwise it is PATH_INFO, which the server has decoded: it is
    /// encoded here, so that the later decoding restores the same bytes. busybox httpd also decodes
    /// REQUEST_URI.
    ///
    /// `variable` returns the bytes of an environment variable, or nil; they need not be UTF-8.
    package static func head(
        _ clientHeaders: ClientHeaders = ClientHeaders(),
        _ variable: (String) -> [UInt8]?
    ) -> (bytes: [UInt8], peer: IPAddress?, isHTTPS: Bool) {
        let method = variable("REQUEST_METHOD") ?? Array("GET".utf8)
        var bytes: [UInt8] = []
        if !method.isEmpty, method.allSatisfy({ ByteSet.token.contains($0) }) {
            bytes += method
        } else {
            // A token that is not a method: it will be answered with 405.
            bytes.append("-")
        }
        bytes.append(" ")
        appendTarget(variable, to: &bytes)
        bytes.append(" HTTP/1.1\r\nHost: cgi\r\nConnection: close\r\n")
        for (name, header) in headers {
            guard let value = variable(name), isFieldValue(value) else { continue }
            bytes.append(header)
            append(fieldValue: value, to: &bytes)
        }
        for header in clientHeaders.all {
            guard let value = variable(Self.variable(of: header)), isFieldValue(value) else {
                continue
            }
            bytes += header.bytes
            append(fieldValue: value, to: &bytes)
        }
        bytes.append("\r\n")
        let https = variable("HTTPS") ?? []
        let scheme = variable("REQUEST_SCHEME") ?? []
        return (
            bytes,
            variable("REMOTE_ADDR").flatMap { IPAddress(parsing: $0.span) },
            https.span.equalsIgnoringCase("on") || https.span.equalsIgnoringCase("1")
                || scheme.span.equalsIgnoringCase("https")
        )
    }

    private static func isFieldValue(_ value: [UInt8]) -> Bool {
        !value.isEmpty && !value.contains(where: isControl)
    }

    private static func append(fieldValue value: [UInt8], to bytes: inout [UInt8]) {
        bytes.append(": ")
        bytes += value
        bytes.append("\r\n")
    }

    /// The name of the variable for `header` (RFC 3875, section 4.1.18).
    private static func variable(of header: FieldName) -> String {
        let letters = header.bytes.map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"): byte & 0xDF
            case UInt8(ascii: "-"): UInt8(ascii: "_")
            default: byte
            }
        }
        return "HTTP_" + String(decoding: letters, as: UTF8.self)
    }

    /// The other request headers used here, by the name of their variable.
    private static let headers: [(String, StaticString)] = [
        ("HTTP_X_FORWARDED_FOR", "X-Forwarded-For"),
        ("HTTP_X_FORWARDED_PROTO", "X-Forwarded-Proto"),
        ("HTTP_FORWARDED", "Forwarded"),
        ("HTTP_ACCEPT", "Accept"),
        ("HTTP_IF_NONE_MATCH", "If-None-Match"),
        ("HTTP_RANGE", "Range"),
        ("HTTP_USER_AGENT", "User-Agent"),
        ("HTTP_WANT_DIGEST", "Want-Digest"),
        ("HTTP_WANT_REPR_DIGEST", "Want-Repr-Digest"),
    ]

    private static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x7F }

    private static func appendTarget(_ variable: (String) -> [UInt8]?, to bytes: inout [UInt8]) {
        if let target = rawTarget(variable) {
            if target.first != UInt8(ascii: "/") { bytes.append("/") }
            append(asOneWord: target, to: &bytes)
            return
        }
        let path = variable("PATH_INFO") ?? []
        if path.first != UInt8(ascii: "/") { bytes.append("/") }
        PercentEncoding.append(path: path, to: &bytes)
        if let query = variable("QUERY_STRING"), !query.isEmpty {
            bytes.append("?")
            append(asOneWord: query[...], to: &bytes)
        }
    }

    /// Escapes whatever would end the target, so that it is judged as part of it.
    private static func append(asOneWord text: ArraySlice<UInt8>, to bytes: inout [UInt8]) {
        for byte in text {
            if isControl(byte) || byte == 0x20 {
                PercentEncoding.append(escapeOf: byte, to: &bytes)
            } else {
                bytes.append(byte)
            }
        }
    }

    /// Whether the server puts the decoded path into REQUEST_URI.
    private static func isDecoded(_ variable: (String) -> [UInt8]?) -> Bool {
        variable("SERVER_SOFTWARE")?.starts(with: "busybox httpd/".utf8) ?? false
    }

    /// The part of the request target after the script's own path; nil if the request got here
    /// differently (a rewrite rule, or a server that does not say).
    private static func rawTarget(_ variable: (String) -> [UInt8]?) -> ArraySlice<UInt8>? {
        guard let target = variable("REQUEST_URI"), let script = variable("SCRIPT_NAME"),
            target.starts(with: script), !isDecoded(variable)
        else { return nil }
        let rest = target.dropFirst(script.count)
        switch rest.first {
        case nil, UInt8(ascii: "/"), UInt8(ascii: "?"): return rest
        default: return nil
        }
    }
}
