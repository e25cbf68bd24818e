/// The status codes sent here (RFC 9110, section 15; 431 is from RFC 6585).
package enum HTTPStatus: UInt16, Hashable, Sendable {
    case ok = 200
    case found = 302
    case notModified = 304
    case temporaryRedirect = 307
    case badRequest = 400
    case forbidden = 403
    case notFound = 404
    case methodNotAllowed = 405
    case requestTimeout = 408
    case uriTooLong = 414
    case expectationFailed = 417
    case headerFieldsTooLarge = 431
    case serviceUnavailable = 503
    case versionNotSupported = 505

    /// Code and reason phrase as in the status line.
    package var line: StaticString {
        switch self {
        case .ok: "200 OK"
        case .found: "302 Found"
        case .notModified: "304 Not Modified"
        case .temporaryRedirect: "307 Temporary Redirect"
        case .badRequest: "400 Bad Request"
        case .forbidden: "403 Forbidden"
        case .notFound: "404 Not Found"
        case .methodNotAllowed: "405 Method Not Allowed"
        case .requestTimeout: "408 Request Timeout"
        case .uriTooLong: "414 URI Too Long"
        case .expectationFailed: "417 Expectation Failed"
        case .headerFieldsTooLarge: "431 Request Header Fields Too Large"
        case .serviceUnavailable: "503 Service Unavailable"
        case .versionNotSupported: "505 HTTP Version Not Supported"
        }
    }

    /// Whether it refuses the request; a page that is not found is still a page.
    var isRefusal: Bool { rawValue >= 400 && self != .notFound }
}
