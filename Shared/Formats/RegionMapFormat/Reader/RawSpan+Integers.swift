// Inlinable: the readers of other formats load a million integers with these, and each load would
// otherwise go through witness tables of the generic type.
extension RawSpan {
    /// The little-endian integer at `offset`, which need not be aligned, or nil if it is not
    /// completely within these bytes.
    @inlinable
    @inline(__always)
    package func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
        at offset: Int,
        as type: Integer.Type = Integer.self
    ) -> Integer? {
        guard offset >= 0, offset <= byteCount - MemoryLayout<Integer>.size else { return nil }
        let stored = unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: Integer.self)
        return Integer(littleEndian: stored)
    }

    /// The `byteCount` bytes from `offset` on, or nil if they are not completely within these
    /// bytes.
    @inlinable
    @inline(__always)
    @_lifetime(copy self)
    package func part(at offset: Int, byteCount: Int) -> RawSpan? {
        guard offset >= 0, byteCount >= 0, offset <= self.byteCount,
            byteCount <= self.byteCount - offset
        else { return nil }
        return extracting(offset..<(offset + byteCount))
    }
}
