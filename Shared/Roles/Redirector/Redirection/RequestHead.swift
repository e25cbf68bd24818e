/// What the head of a request says, as offsets into the bytes it was parsed from.
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
    /// Whether the client speaks HTTP/1.0: it has to be told that a connection stays open.
    package var isVersion1_0 = false
    /// Whether the client wants the connection kept open.
    package var keepsAlive = false
    package var body = Body.none
    /// Whether the client waits for a `100 Continue` before it sends the body.
    package var expectsContinue = false
    /// Whether the client asks for a part of the file (RFC 9110, section 14), as one does that
    /// resumes.
    package var hasRange = false
    /// Whether the client is a checker of ours, which looks for files and not for redirects.
    package var isChecker = false
    /// Whether the client asks for digests: `Want-Repr-Digest` (RFC 9530) or `Want-Digest` (RFC
    /// 3230).
    package var wantsDigest = false
    /// Whether it has a header of a proxy: `X-Forwarded-For`, `X-Forwarded-Proto` or `Forwarded`.
    package var isForwarded = false
    /// The length of the head: the body begins there.
    package var byteCount = 0

    package var target: Range<Int> {
        get { targetExtent.range }
        set { targetExtent = Extent(newValue) }
    }

    /// The value of Accept; empty without one.
    ///
    /// Of several lines the last one counts.
    package var accept: Range<Int> {
        get { acceptExtent.range }
        set { acceptExtent = Extent(newValue) }
    }

    /// The value of Host; empty without one.
    package var host: Range<Int> {
        get { hostExtent.range }
        set { hostExtent = Extent(newValue) }
    }

    /// Where the lines of the header section begin.
    package var fieldsOffset: Int {
        get { Int(fieldsStart) }
        set { fieldsStart = UInt16(clamping: newValue) }
    }
}

/// A range of the bytes of a head, which is short enough for two bytes each: the less there is of a
/// head, the less has to be copied.
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
