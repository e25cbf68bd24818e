/// Appending to memory that is large enough: no growth and no reference counts on the way.
extension OutputSpan<UInt8> {
    /// Appends all of `bytes`; there must be room for them.
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
    @inline(__always)
    package mutating func append(_ text: StaticString) {
        let bytes = unsafe UnsafeBufferPointer(
            start: text.utf8Start,
            count: text.utf8CodeUnitCount
        )
        append(copying: unsafe bytes.span)
    }

    /// Appends `number` in decimal.
    @inline(__always)
    package mutating func append(decimal number: Int) {
        if number >= 10 { append(leadingDigitsOf: number) }
        append(0x30 + UInt8(truncatingIfNeeded: number % 10))
    }

    /// Appends all digits of `number` but the last one.
    private mutating func append(leadingDigitsOf number: Int) {
        let leading = number / 10
        if leading >= 10 { append(leadingDigitsOf: leading) }
        append(0x30 + UInt8(truncatingIfNeeded: leading % 10))
    }
}
