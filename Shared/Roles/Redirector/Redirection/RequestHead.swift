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
    /// Whether the client speaks HTTP/1.0: it has to be told that a connection stays open.
    package var isVersion1_0 = false
    /// Whether the client wants the connection kept open.
    package var keepsAlive = false
    package var body = Body.none
    /// Whether the client waits for a `100 Continue` before it sends the body.
    package var expectsContinue = false
    package var identity = IdentityFields()
    /// Whether the client asks for digests: `Want-Repr-Digest` (RFC 9530) or `Want-Digest` (RFC 3230).
    package var wantsDigest = false
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
}

/// A range of the bytes of a head, which is short enough for two bytes each: the less there is of a
/// head, the less has to be copied.
private struct Extent: Sendable {
    var lower: UInt16 = 0
    var upper: UInt16 = 0

    init() {}

    init(_ range: Range<Int>) {
        lower = UInt16(clamping: range.lowerBound)
        upper = UInt16(clamping: range.upperBound)
    }

    var range: Range<Int> { Int(lower)..<max(Int(lower), Int(upper)) }
}

/// Where the headers stand in which a proxy tells about the client.
///
/// An empty range is a missing header. They mean something only when the peer is trusted.
package struct IdentityFields: Sendable {
    /// How many X-Forwarded-For lines are remembered: the last ones, which the nearest hops wrote.
    package static let forwardedForLimit = 8
    /// The headers that name a country, in the order of preference: `CF-IPCountry`,
    /// `CloudFront-Viewer-Country`, `X-Country-Code`.
    package static let countryHeaderCount = 3

    private var forwardedForLines = InlineArray<8, Extent>(repeating: Extent())
    private var countries = InlineArray<3, Extent>(repeating: Extent())
    private var proto = Extent()
    private var original = Extent()
    /// How many X-Forwarded-For lines are remembered.
    package private(set) var forwardedForCount = 0

    package mutating func addForwardedFor(_ range: Range<Int>) {
        if forwardedForCount == Self.forwardedForLimit {
            for index in 1..<Self.forwardedForLimit {
                forwardedForLines[index - 1] = forwardedForLines[index]
            }
            forwardedForCount -= 1
        }
        forwardedForLines[forwardedForCount] = Extent(range)
        forwardedForCount += 1
    }

    /// The X-Forwarded-For line at `index`, 0 being the first.
    package func forwardedFor(at index: Int) -> Range<Int> {
        forwardedForLines[index].range
    }

    /// The value of X-Forwarded-Proto.
    package var forwardedProto: Range<Int> {
        get { proto.range }
        set { proto = Extent(newValue) }
    }

    /// The value of X-Original-URI, or else of X-Forwarded-Uri: the target that a proxy was sent.
    package var originalTarget: Range<Int> {
        get { original.range }
        set { original = Extent(newValue) }
    }

    package mutating func setCountry(_ range: Range<Int>, at index: Int) {
        countries[index] = Extent(range)
    }

    /// The value of the country header at `index`.
    package func country(at index: Int) -> Range<Int> {
        countries[index].range
    }
}
