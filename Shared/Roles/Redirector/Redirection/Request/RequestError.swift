/// Why a request is refused instead of redirected.
///
/// Each is a 4xx caused by the client, except ``noFallback``, a protocol version that RFC 9110
/// answers with 505, and a page when there are too many requests for pages; a request for a path is
/// never refused for load.
package enum RequestError: Error, Hashable, Sendable, CaseIterable {
    /// The request line is not `method SP target SP HTTP/x.y CRLF`.
    case malformedRequestLine
    case requestLineTooLong
    case unsupportedVersion
    /// The method is neither GET nor HEAD.
    case unsupportedMethod
    /// A header line without a colon, with white space before it, folded, or with a control byte.
    case malformedHeader
    case headersTooLong
    case tooManyHeaders
    /// HTTP/1.1 without Host, with two, or with an invalid one.
    case badHost
    /// Content-Length and Transfer-Encoding that two readers could interpret differently.
    case ambiguousFraming
    /// An Expect other than `100-continue`.
    case unknownExpectation
    /// The head did not arrive in time.
    case timeout
    /// The target is neither `/path` nor `http://host/path`.
    case malformedTarget
    /// A `%` that is not followed by two hexadecimal digits.
    case badEscape
    /// A control byte in the path, including NUL, escaped or not.
    case controlByte
    /// `%2F`: decoders disagree on whether it is a separator.
    case encodedSlash
    /// A segment `..`.
    case parentSegment
    /// A checker of mirrors requests a file: no answer from here could prove anything about a
    /// mirror.
    case checker
    /// No mirror can be offered, and the fallback host is this host: a redirect would lead back
    /// here.
    case noFallback
    /// Pages are requested faster than they can be made.
    case tooManyPages

    package var status: HTTPStatus {
        switch self {
        case .malformedRequestLine, .malformedHeader, .badHost, .ambiguousFraming,
            .malformedTarget, .badEscape, .controlByte, .encodedSlash, .parentSegment:
            .badRequest
        case .checker: .forbidden
        case .noFallback: .notFound
        case .requestLineTooLong: .uriTooLong
        case .headersTooLong, .tooManyHeaders: .headerFieldsTooLarge
        case .unsupportedVersion: .versionNotSupported
        case .unsupportedMethod: .methodNotAllowed
        case .unknownExpectation: .expectationFailed
        case .timeout: .requestTimeout
        case .tooManyPages: .serviceUnavailable
        }
    }
}

extension RequestError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .malformedRequestLine: "The request line is malformed."
        case .requestLineTooLong: "The request line is too long."
        case .unsupportedVersion: "Only HTTP/1.0 and HTTP/1.1 are supported."
        case .unsupportedMethod: "Only GET and HEAD are supported."
        case .malformedHeader: "A header line is malformed."
        case .headersTooLong: "The headers are too long."
        case .tooManyHeaders: "There are too many headers."
        case .badHost: "Exactly one valid Host header is required."
        case .ambiguousFraming: "The length of the request's body is ambiguous."
        case .unknownExpectation: "The only supported expectation is 100-continue."
        case .timeout: "The request did not arrive in time."
        case .malformedTarget: "The request target is not a path."
        case .badEscape: "The path contains a % that is not followed by two hexadecimal digits."
        case .controlByte: "The path contains a control character."
        case .encodedSlash:
            "The path contains an encoded slash (%2F); a literal %2F is written %252F."
        case .parentSegment: "The path contains a segment \"..\"."
        case .checker:
            "This is a redirector and holds no files: it does not belong in a list of mirrors."
        case .noFallback: "No mirror has this file, and no other host is known that has it."
        case .tooManyPages:
            "Too many pages are requested: try again in a few seconds. Files are still redirected."
        }
    }
}
