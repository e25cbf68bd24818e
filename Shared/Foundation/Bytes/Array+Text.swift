extension [UInt8] {
    /// Appends the UTF-8 of `text`.
    @inlinable
    @inline(__always)
    package mutating func append(_ text: StaticString) {
        unsafe append(
            contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        )
    }

    /// Appends a copy of `bytes`.
    @inlinable
    @inline(__always)
    package mutating func append(copying bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }

    /// The head and the body of an HTTP message, around its first empty line; nil if it has none.
    package func splitAtEmptyLine() -> (head: ArraySlice<UInt8>, body: ArraySlice<UInt8>)? {
        var index = 0
        while index <= count - 4 {
            index = span.firstIndex(of: 0x0D, in: index..<count)
            if self[index...].starts(with: [0x0D, 0x0A, 0x0D, 0x0A]) {
                return (self[..<index], self[(index + 4)...])
            }
            index += 1
        }
        return nil
    }

    /// Appends `number` in decimal.
    package mutating func append(decimal number: UInt64) {
        if number >= 10 { append(decimal: number / 10) }
        append(0x30 + UInt8(truncatingIfNeeded: number % 10))
    }

    /// Appends the last `count` decimal digits of `number`, zeros where it has fewer.
    package mutating func append(digits count: Int, of number: Int) {
        guard count > 0 else { return }
        append(digits: count - 1, of: number / 10)
        append(0x30 + UInt8(truncatingIfNeeded: number % 10))
    }
}
