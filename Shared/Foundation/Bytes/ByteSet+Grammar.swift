/// The character sets in the grammars of HTTP and URLs.
extension ByteSet {
    /// The characters of methods and field names in HTTP: `tchar` of RFC 9110, section 5.6.2.
    @inlinable
    package static var token: ByteSet {
        alphanumeric.union(ByteSet(low: 0x0000_6CFA_0000_0000, high: 0x5000_0001_C000_0000))
    }

    /// The characters of a Host value: RFC 3986's unreserved characters and sub-delimiters, `%`,
    /// `:` and the brackets of IPv6 addresses.
    @inlinable
    package static var host: ByteSet {
        alphanumeric.union(ByteSet(low: 0x2C00_7FF2_0000_0000, high: 0x4000_0000_A800_0000))
    }

    /// The characters of a query in RFC 3986, section 3.4, except for `'`, which some HTML parsers
    /// take for the end of an attribute, and `%`, which is handled separately.
    @inlinable
    package static var query: ByteSet {
        alphanumeric.union(ByteSet(low: 0xAC00_FF52_0000_0000, high: 0x4000_0000_8000_0001))
    }

    /// The visible ASCII characters without a special meaning in a request target: all but `/`,
    /// `%`, `?` and `#`.
    @inlinable
    package static var plainInTarget: ByteSet {
        ByteSet(low: 0x7FFF_7FD6_0000_0000, high: 0x7FFF_FFFF_FFFF_FFFF)
    }

    /// The visible ASCII characters except those that would end a URL in a Link header or an HTML
    /// attribute, those not allowed in URLs, and those that end a path: `"#<>?\^`{|}`.
    @inlinable
    package static var safeInHeader: ByteSet {
        ByteSet(low: 0x2FFF_FFF2_0000_0000, high: 0x47FF_FFFE_AFFF_FFFF)
    }

    /// The characters that need no encoding anywhere in a URL: RFC 3986, section 2.3.
    @inlinable
    package static var unreserved: ByteSet {
        alphanumeric.union(ByteSet(low: 0x0000_6000_0000_0000, high: 0x4000_0000_8000_0000))
    }

    /// The characters that need no encoding in a path: the unreserved characters and `/`.
    @inlinable
    package static var unreservedOrSlash: ByteSet {
        unreserved.union(ByteSet(low: 0x0000_8000_0000_0000, high: 0))
    }

    /// The characters allowed in a path besides escapes: `pchar` of RFC 3986, section 3.3, and `/`.
    @inlinable
    package static var path: ByteSet {
        unreservedOrSlash.union(ByteSet(low: 0x2C00_1FD2_0000_0000, high: 0x0000_0000_0000_0001))
    }
}
