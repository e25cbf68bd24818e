extension RawSpan {
    /// The byte at `offset`; 0 outside these bytes.
    @inlinable @inline(__always)
    package func byte(at offset: Int) -> UInt8 {
        guard offset >= 0, offset < byteCount else { return 0 }
        return unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }
}
