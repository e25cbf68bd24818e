/// The head of a request, as offsets into the bytes that it was parsed from.
package struct RequestHead: Sendable {
    package enum Method: Hashable, Sendable {
        case get
        case head
        /// Anything else; it is answered with 405.
        case other
    }

    /// How the end of the request's body is found (RFC 9112, section 6).
    package enum Body: Hashable, Sendable {
        case none
        case byteCount(Int)
        case chunked
    }

    package var method = Method.other
    private var targetExtent = Extent()
    private var acceptExtent = Extent()
    private var hostExtent = Extent()
    private var fieldsStart: UInt16 = 0
    /// Whether the client speaks HTTP/1.0 and has to be told that a connection stays open.
    package var isVersion1_0 = false
    /// Whether the client wants to keep the connection.
    package var keepsAlive = false
    package var body = Body.none
    /// Whether the client waits for `100 Continue` before sending the body.
    package var expectsContinue = false
    /// Whether the client requests a part of the file (RFC 9110, section 14), as when resuming.
    package var hasRange = false
    /// Whether the client is one of our checkers, which looks for files, not redirects.
    package var isChecker = false
    /// Whether the client requests digests: `Want-Repr-Digest` (RFC 9530) or `Want-Digest` (RFC
    /// 3230).
    package var wantsDigest = false
    /// Whether it has a proxy's header: `X-Forwarded-For`, `X-Forwarded-Proto` or `Forwarded`.
    package var isForwarded = false
    /// The length of the head, where the body begins.
    package var byteCount = 0

    package var target: Range<Int> {
        get { targetExtent.range }
        set { targetExtent = Extent(newValue) }
    }

    /// The value of Accept; empty if missing.
    ///
    /// If there are several lines, the last one counts.
    package var accept: Range<Int> {
        get { acceptExtent.range }
        set { acceptExtent = Extent(newValue) }
    }

    /// The value of Host; empty if missing.
    package var host: Range<Int> {
        get { hostExtent.range }
        set { hostExtent = Extent(newValue) }
    }

    /// The start of the header lines.
    package var fieldsOffset: Int {
        get { Int(fieldsStart) }
        set { fieldsStart = UInt16(clamping: newValue) }
    }
}

/// A range within a head, which is short enough for 16-bit offsets: a smaller head is cheaper to
/// copy.
struct Extent: Sendable {
    var lower: UInt16 = 0
    var upper: UInt16 = 0

    init() {}

    init(_ range: Range<Int>) {
        lower = UInt16(clamping: range.lowerBound)
        upper = UInt16(clamping: range.upperBound)
    }

    var range: Range<Int> { Int(lower)..<max(Int(lower), Int(upper)) }
}
