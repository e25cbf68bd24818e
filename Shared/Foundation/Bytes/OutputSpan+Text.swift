/// Appends to memory that is large enough, without growth and reference counting.
extension OutputSpan<UInt8> {
    /// Appends all of `bytes`; there must be room for them.
    @inlinable
    @inline(__always)
    package mutating func append(copying bytes: Span<UInt8>) {
        precondition(bytes.count <= freeCapacity, "the capacity was computed too small")
        unsafe withUnsafeMutableBufferPointer { buffer, count in
            unsafe bytes.withUnsafeBufferPointer { source in
                guard let from = source.baseAddress, let base = buffer.baseAddress else { return }
                unsafe (base + count).update(from: from, count: source.count)
            }
            count += bytes.count
        }
    }

    /// Appends the UTF-8 of `text`.
    @inlinable
    @inline(__always)
    package mutating func append(_ text: StaticString) {
        let bytes = unsafe UnsafeBufferPointer(
            start: text.utf8Start,
            count: text.utf8CodeUnitCount
        )
        append(copying: unsafe bytes.span)
    }
}
