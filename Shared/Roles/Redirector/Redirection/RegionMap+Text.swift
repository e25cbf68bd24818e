package import RegionMapFormat

extension RegionMap {
    /// The bytes of a text of the map; none where the map's bytes are wrong.
    @_lifetime(copy self)
    package func text(_ text: RegionMapText) -> Span<UInt8> {
        guard let bytes = bytes(of: text) else {
            return Span<UInt8>(_bytes: regionID.extracting(first: 0))
        }
        return Span<UInt8>(_bytes: bytes)
    }
}
