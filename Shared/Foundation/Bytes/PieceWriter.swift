extension OutputSpan<UInt8> {
    /// Appends what `body` writes.
    ///
    /// For many short pieces: each costs a comparison and the copy, whereas separate appends look
    /// up buffer and count each time. At most ``freeCapacity`` bytes.
    @inlinable
    @inline(__always)
    package mutating func appendPieces(_ body: (inout PieceWriter) -> Void) {
        unsafe withUnsafeMutableBufferPointer { buffer, count in
            guard let base = buffer.baseAddress else { return }
            var writer = unsafe PieceWriter(next: base + count, end: base + buffer.count)
            body(&writer)
            count = unsafe writer.next - base
        }
    }
}

/// Writes pieces one after the other into memory that is large enough for all.
@usableFromInline
@safe package struct PieceWriter: ~Copyable {
    @usableFromInline var next: UnsafeMutablePointer<UInt8>
    @usableFromInline let end: UnsafeMutablePointer<UInt8>

    @inlinable
    init(next: UnsafeMutablePointer<UInt8>, end: UnsafeMutablePointer<UInt8>) {
        unsafe self.next = unsafe next
        unsafe self.end = unsafe end
    }

    @inlinable
    @inline(__always)
    package mutating func append(copying bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { source in
            guard let from = source.baseAddress else { return }
            unsafe append(from, source.count)
        }
    }

    @inlinable
    @inline(__always)
    package mutating func append(_ text: StaticString) {
        unsafe append(text.utf8Start, text.utf8CodeUnitCount)
    }

    /// Appends `number` in decimal.
    @inlinable
    @inline(__always)
    package mutating func append(decimal number: Int) {
        // One and two digits, as in nearly all numbers of an answer, need no call.
        if number >= 100 { append(leadingDigitsOf: number / 10) }
        if number >= 10 { append(byte: 0x30 + UInt8(truncatingIfNeeded: number / 10 % 10)) }
        append(byte: 0x30 + UInt8(truncatingIfNeeded: number % 10))
    }

    /// Appends all digits of `number` except the last one.
    @usableFromInline
    mutating func append(leadingDigitsOf number: Int) {
        let leading = number / 10
        if leading >= 10 { append(leadingDigitsOf: leading) }
        append(byte: 0x30 + UInt8(truncatingIfNeeded: leading % 10))
    }

    @inlinable
    @inline(__always)
    mutating func append(byte: UInt8) {
        precondition(unsafe next < end, "the capacity was computed too small")
        unsafe next.pointee = byte
        unsafe next += 1
    }

    @inlinable
    @inline(__always)
    mutating func append(_ bytes: UnsafePointer<UInt8>, _ count: Int) {
        precondition(unsafe count <= end - next, "the capacity was computed too small")
        unsafe next.update(from: bytes, count: count)
        unsafe next += count
    }
}
