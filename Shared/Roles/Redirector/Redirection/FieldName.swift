import Bytes

/// The name of a header that the operator chose, such as `X-Country-Code`.
package struct FieldName: Hashable, Sendable {
    /// As long as a name may be for the `Vary` of any configuration to stay within the 128 bytes that
    /// nginx takes.
    package static let longest = 26

    /// As the operator wrote it.
    package let bytes: [UInt8]

    /// Nil when `text` is no field name (RFC 9110, section 5.1), or a longer one than ``longest``.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty, bytes.count <= Self.longest,
            bytes.allSatisfy({ ByteSet.token.contains($0) })
        else { return nil }
        self.bytes = bytes
    }

    private init(known text: StaticString) {
        var bytes: [UInt8] = []
        bytes.append(text)
        self.bytes = bytes
    }

    /// What CDNs and ingresses name the client's country in, in the order of preference.
    package static let usualCountryHeaders = [
        FieldName(known: "CF-IPCountry"), FieldName(known: "CloudFront-Viewer-Country"),
        FieldName(known: "X-Country-Code"),
    ]
}
