/// One base URL of a mirror.
package struct AccessPoint: Hashable, Sendable {
    /// A stable name, unique over all mirrors, that is safe in a storage key and a URL:
    /// lower-case letters, digits, `.`, `-` and `_`, such as `mirror.example.org-https`.
    package typealias ID = String

    /// How an access point is spoken to.
    package enum Scheme: String, Hashable, Sendable, CaseIterable {
        case http
        case https
        case ftp
        case rsync
    }

    package let id: ID
    package let scheme: Scheme
    /// The URL that stands for the root of the tree: absolute, percent-encoded, ending in a slash,
    /// without query and fragment.
    ///
    /// `http://mirror.example.org/gentoo/`.
    package let baseURL: String
    /// Whether it answers over IPv4, as the mirror list says.
    package let hasIPv4: Bool
    /// Whether it answers over IPv6, as the mirror list says.
    package let hasIPv6: Bool
    /// Whether it carries a part of the tree only, as the mirror list says.
    ///
    /// What it lacks is no fault.
    package let isPartial: Bool

    package init(
        id: ID,
        scheme: Scheme,
        baseURL: String,
        hasIPv4: Bool = true,
        hasIPv6: Bool = false,
        isPartial: Bool = false
    ) {
        self.id = id
        self.scheme = scheme
        self.baseURL = baseURL
        self.hasIPv4 = hasIPv4
        self.hasIPv6 = hasIPv6
        self.isPartial = isPartial
    }

    /// The URL of the file at `path` here.
    ///
    /// Every byte outside of RFC 3986's unreserved set and `/` is percent-encoded, so that `+`
    /// survives servers that decode forms and `%2F` in a name arrives as `%252F`.
    package func url(of path: TreePath) -> String {
        var url = baseURL
        url.reserveCapacity(baseURL.utf8.count + path.bytes.count + 8)
        for byte in path.bytes {
            if PercentEncoding.isUnreservedOrSlash(byte) {
                url.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                url.unicodeScalars.append("%")
                url.unicodeScalars.append(Unicode.Scalar(PercentEncoding.upperHexDigit(byte >> 4)))
                url.unicodeScalars.append(Unicode.Scalar(PercentEncoding.upperHexDigit(byte & 15)))
            }
        }
        return url
    }
}

/// Percent-encoding of paths by RFC 3986, section 2.
package enum PercentEncoding {
    /// Whether `byte` stands for itself in an encoded path: `A-Z a-z 0-9 - . _ ~ /`.
    @inlinable package static func isUnreservedOrSlash(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "/"):
            true
        default: false
        }
    }

    /// The bytes that an encoded text stands for; a percent sign without two digits is itself.
    package static func decoded(_ text: some StringProtocol) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2).compactMap(hexValue)
            if byte == UInt8(ascii: "%"), digits.count == 2 {
                bytes.append(digits[0] << 4 | digits[1])
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }

    /// The digit of `value`, 0 to 15, as RFC 3986 wants it written.
    package static func upperHexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") &+ value : UInt8(ascii: "A") &+ (value & 15) &- 10
    }

    /// The value of a hexadecimal digit of either case, or nil.
    package static func hexValue(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
