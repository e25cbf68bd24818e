package import RegionMapFormat

extension RegionMap {
    /// The bytes of a text in the map; empty if the map is malformed.
    @_lifetime(copy self)
    package func text(_ text: RegionMapText) -> Span<UInt8> {
        strings.text(text)
    }
}

extension RegionMapStrings {
    /// The bytes of a text; empty if the map is malformed.
    @inline(__always)
    @_lifetime(copy self)
    func text(_ text: RegionMapText) -> Span<UInt8> {
        guard let bytes = bytes(of: text) else { return Span<UInt8>() }
        return Span<UInt8>(_bytes: bytes)
    }
}
