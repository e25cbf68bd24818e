/// What the grammars of HTTP and of URLs are made of.
extension ByteSet {
    /// What a method or a field name of HTTP is made of: `tchar` of RFC 9110, section 5.6.2.
    @inlinable
    package static var token: ByteSet {
        alphanumeric.union(ByteSet(low: 0x0000_6CFA_0000_0000, high: 0x5000_0001_C000_0000))
    }

    /// What a Host value is made of: RFC 3986's unreserved characters and sub-delimiters, `%`, `:`
    /// and the brackets of IPv6 addresses.
    @inlinable
    package static var host: ByteSet {
        alphanumeric.union(ByteSet(low: 0x2C00_7FF2_0000_0000, high: 0x4000_0000_A800_0000))
    }

    /// What a query is made of: RFC 3986, section 3.4, but for `'`, which some HTML readers take
    /// for the end of an attribute; `%` is dealt with apart.
    @inlinable
    package static var query: ByteSet {
        alphanumeric.union(ByteSet(low: 0xAC00_FF52_0000_0000, high: 0x4000_0000_8000_0001))
    }

    /// The visible ASCII characters that mean nothing in a request target but themselves: all but
    /// `/`, `%`, `?` and `#`.
    @inlinable
    package static var plainInTarget: ByteSet {
        ByteSet(low: 0x7FFF_7FD6_0000_0000, high: 0x7FFF_FFFF_FFFF_FFFF)
    }

    /// The visible ASCII characters but those that would end a URL in a Link header or an HTML
    /// attribute, those that no URL has, and those that end a path: `"#<>?\^`{|}`.
    @inlinable
    package static var safeInHeader: ByteSet {
        ByteSet(low: 0x2FFF_FFF2_0000_0000, high: 0x47FF_FFFE_AFFF_FFFF)
    }

    /// What stands for itself in every part of a URL: RFC 3986, section 2.3.
    @inlinable
    package static var unreserved: ByteSet {
        alphanumeric.union(ByteSet(low: 0x0000_6000_0000_0000, high: 0x4000_0000_8000_0000))
    }

    /// What stands for itself in an encoded path: the unreserved characters and `/`.
    @inlinable
    package static var unreservedOrSlash: ByteSet {
        unreserved.union(ByteSet(low: 0x0000_8000_0000_0000, high: 0))
    }

    /// What a path may hold besides escapes: `pchar` of RFC 3986, section 3.3, and `/`.
    @inlinable
    package static var path: ByteSet {
        unreservedOrSlash.union(ByteSet(low: 0x2C00_1FD2_0000_0000, high: 0x0000_0000_0000_0001))
    }
}
