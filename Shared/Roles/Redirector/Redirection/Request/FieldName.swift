import Bytes

/// The name of a header that the operator chose, such as `X-Country-Code`.
package struct FieldName: Hashable, Sendable {
    /// The maximum length of a name that keeps the `Vary` of any configuration within the 128 bytes
    /// that nginx accepts.
    package static let longest = 26

    /// As the operator wrote it.
    package let bytes: [UInt8]

    /// The maximum length of a name that is not in `Vary`.
    package static let longestUnvaried = 64

    /// Nil if `text` is not a field name (RFC 9110, section 5.1), or is longer than `longest`.
    package init?(_ text: String, longest: Int = Self.longest) {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty, bytes.count <= longest,
            bytes.allSatisfy({ ByteSet.token.contains($0) })
        else { return nil }
        self.bytes = bytes
    }

    /// Whether `name` is this one, ignoring case.
    @inline(__always)
    func isName(_ name: Span<UInt8>) -> Bool {
        name.count == bytes.count && name.equalsIgnoringCase(bytes.span)
    }

    private init(known text: StaticString) {
        var bytes: [UInt8] = []
        bytes.append(text)
        self.bytes = bytes
    }

    /// The headers in which CDNs and ingresses send the client's country, by preference.
    package static let usualCountryHeaders = [
        FieldName(known: "CF-IPCountry"), FieldName(known: "CloudFront-Viewer-Country"),
        FieldName(known: "X-Country-Code"),
    ]

    static let cloudflareLatitude = FieldName(known: "CF-IPLatitude")
    static let cloudflareLongitude = FieldName(known: "CF-IPLongitude")
    static let cloudFrontLatitude = FieldName(known: "CloudFront-Viewer-Latitude")
    static let cloudFrontLongitude = FieldName(known: "CloudFront-Viewer-Longitude")

    /// The header in which CloudFront sends the number of the client's autonomous system.
    package static let usualSystemHeader = FieldName(known: "CloudFront-Viewer-ASN")
}
