/// The head of an answer to HEAD, as far as the checker needs it.
package struct ResponseHead: Hashable, Sendable {
    package var status: Int
    /// The `Content-Length`, or nil if missing.
    package var byteCount: UInt64?
    /// The length is not the file's, because the body would be encoded, for instance with gzip.
    package var isEncoded = false
    /// The server sends no further answer on this connection: `Connection: close`, or HTTP/1.0.
    package var isLast = false
    /// The answer is HTTP/1.0, whose servers don't support pipelining.
    package var isHTTP10 = false
    /// How many more answers the server sends on this connection: `Keep-Alive: max`; nil if it does
    /// not say.
    package var remainingCount: Int?
    /// `Last-Modified` in seconds since 1970; nil if missing or malformed.
    package var lastModified: Int64?
    /// `Retry-After` in seconds; nil if missing, or a date.
    package var retryAfterSeconds: Int64?
    /// `Retry-After` if it is a date, in seconds since 1970; otherwise nil.
    package var retryAt: Int64?

    package init(status: Int) {
        self.status = status
    }
}

/// Why received bytes are not the head of an answer.
///
/// After any of these, the start of the next answer is unknown, so the connection is unusable.
package enum ResponseHeadError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The bytes do not begin with `HTTP/1.`: the previous answer had a body, which HEAD forbids,
    /// or the server speaks another protocol.
    case notHTTP
    /// The status line has no three-digit status.
    case badStatusLine
    /// The head, including interim answers (1xx), exceeds the limit.
    case tooLong(limit: Int)
    /// `Content-Length` is not a number, or two of them differ.
    case badLength
    /// The server switches the protocol (101) without a request for it.
    case protocolChange

    package var description: String {
        switch self {
        case .notHTTP:
            "expected an answer beginning with HTTP/1., found other bytes (a body to HEAD?)"
        case .badStatusLine: "expected a status of three digits after HTTP/1.x"
        case .tooLong(let limit): "a head of more than \(limit) bytes"
        case .badLength: "Content-Length is not one number"
        case .protocolChange: "101 Switching Protocols, which was not asked for"
        }
    }
}
