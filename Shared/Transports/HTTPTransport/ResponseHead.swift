/// What the head of an answer to HEAD says, as far as a Checker needs it.
package struct ResponseHead: Hashable, Sendable {
    package var status: Int
    /// The `Content-Length`, or nil where there was none.
    package var byteCount: UInt64?
    /// The length is not that of the file, for the body would be encoded, as by gzip.
    package var isEncoded = false
    /// The server gives no further answer on this connection: `Connection: close`, or HTTP/1.0.
    package var isLast = false
    /// The answer is of HTTP/1.0, whose servers do not pipeline.
    package var isHTTP10 = false
    /// How many more answers the server gives on this connection: `Keep-Alive: max`; nil unless
    /// told.
    package var remainingCount: Int?
    /// `Last-Modified` in seconds since 1970; nil where there is none that can be read.
    package var lastModified: Int64?
    /// A `Retry-After` in seconds; nil where there is none, or a date.
    package var retryAfterSeconds: Int64?
    /// A `Retry-After` that is a date, in seconds since 1970; else nil.
    package var retryAt: Int64?

    package init(status: Int) {
        self.status = status
    }
}

/// A reason why received bytes are not the head of an answer.
///
/// After any of these nobody knows where the next answer begins, so the connection is of no more
/// use.
package enum ResponseHeadError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The bytes do not begin with `HTTP/1.`: the answer before had a body, which HEAD forbids, or
    /// the server speaks something else.
    case notHTTP
    /// The status line begins well but has no status of three digits.
    case badStatusLine
    /// The head is longer than the limit, answers before the final one (1xx) included.
    case tooLong(limit: Int)
    /// `Content-Length` is not a number, or two of them differ.
    case badLength
    /// The server changes the protocol (101), which nobody asked for.
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
