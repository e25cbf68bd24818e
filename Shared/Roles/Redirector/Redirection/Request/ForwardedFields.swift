import Bytes
import Mirrors

/// What the proxies in front say about a client and its request, as ranges of the head's bytes.
///
/// It is only read from trusted peers, so only the heads of these are scanned a second time. An
/// empty range is a missing header.
package struct ForwardedFields: Sendable {
    /// The maximum number of remembered lines of a header: the last ones, from the nearest hops.
    package static let lineLimit = 8
    /// The lines of a header that each hop may add to.
    package struct Lines: Sendable {
        private var extents = InlineArray<8, Extent>(repeating: Extent())
        package private(set) var count = 0

        /// The line at `index`, 0 being the first.
        package subscript(index: Int) -> Range<Int> { extents[index].range }

        fileprivate mutating func append(_ range: Range<Int>) {
            if count == ForwardedFields.lineLimit {
                for index in 1..<count { extents[index - 1] = extents[index] }
                count -= 1
            }
            extents[count] = Extent(range)
            count += 1
        }
    }

    /// `X-Forwarded-For`.
    package private(set) var forwardedFor = Lines()
    /// `Forwarded` (RFC 7239).
    package private(set) var forwarded = Lines()
    /// Whether any hop received the request over https; nil if none gives the protocol.
    ///
    /// Each hop adds its own scheme. A client that forges https only deprives itself of mirrors
    /// without https.
    package private(set) var isHTTPS: Bool?
    private var countries = InlineArray<3, Extent>(repeating: Extent())
    private var original = Extent()
    /// The latitudes and the longitudes.
    private var latitudes = InlineArray<3, Extent>(repeating: Extent())
    private var longitudes = InlineArray<3, Extent>(repeating: Extent())
    private var autonomousSystem = Extent()

    /// Reads the lines of `head`, which begins `bytes`.
    package init(
        _ head: RequestHead,
        in bytes: Span<UInt8>,
        _ headers: ClientHeaders = ClientHeaders()
    ) {
        let bytes = bytes.extracting(0..<min(head.byteCount, bytes.count))
        var start = head.fieldsOffset
        while start < bytes.count {
            var end = bytes.firstControl(below: 0x20, from: start)
            while end < bytes.count, bytes[end] == 0x09 {
                end = bytes.firstControl(below: 0x20, from: end + 1)
            }
            let colon = bytes.endOfRun(of: .token, from: start)
            if colon < end {
                let name = bytes.extracting(start..<colon)
                let value = bytes.trimmed(colon + 1..<end)
                if !note(name, value, in: bytes) { note(name, Extent(value), headers) }
            }
            // After CR and LF.
            start = end + 2
        }
    }

    /// Keeps a header with a fixed name; false if it is another one.
    private mutating func note(
        _ name: Span<UInt8>,
        _ value: Range<Int>,
        in bytes: Span<UInt8>
    ) -> Bool {
        switch name.count {
        case 9 where name.equalsIgnoringCase("forwarded"):
            forwarded.append(value)
            if let isSaid = ForwardedElements(bytes.extracting(value)).isHTTPS {
                isHTTPS = isSaid || isHTTPS == true
            }
        case 15 where name.equalsIgnoringCase("x-forwarded-for"):
            forwardedFor.append(value)
        case 17 where name.equalsIgnoringCase("x-forwarded-proto"):
            guard !value.isEmpty else { return true }
            isHTTPS = bytes.list(in: value, contains: "https") || isHTTPS == true
        default: return false
        }
        return true
    }

    /// Keeps a header with a name chosen by the operator.
    private mutating func note(
        _ name: Span<UInt8>,
        _ value: Extent,
        _ headers: borrowing ClientHeaders
    ) {
        if let header = headers.originalURI, header.isName(name) { original = value }
        if headers.system.isName(name) { autonomousSystem = value }
        for index in headers.countries.indices.prefix(ClientHeaders.limit)
        where headers.countries[index].isName(name) {
            countries[index] = value
        }
        for index in headers.places.indices.prefix(ClientHeaders.limit) {
            if headers.places[index].latitude.isName(name) { latitudes[index] = value }
            if headers.places[index].longitude.isName(name) { longitudes[index] = value }
        }
    }

    /// The value of the country header at `index`.
    package func country(at index: Int) -> Range<Int> {
        countries[index].range
    }

    /// The client's place, from the first pair of headers that has one; `bytes` are those that were
    /// read.
    package func place(in bytes: Span<UInt8>) -> GlobePoint? {
        for index in 0..<ClientHeaders.limit {
            let place = GlobePoint(
                latitude: bytes.extracting(latitudes[index].range),
                longitude: bytes.extracting(longitudes[index].range)
            )
            if let place { return place }
        }
        return nil
    }

    /// The number of the client's autonomous system, if a header has it.
    package func system(in bytes: Span<UInt8>) -> UInt32? {
        SystemNumber.parse(bytes.extracting(autonomousSystem.range))
    }

    /// The target that a proxy received, from the header that the operator named; of several lines
    /// the last one, which the nearest hop wrote.
    package var originalTarget: Range<Int> { original.range }
}
