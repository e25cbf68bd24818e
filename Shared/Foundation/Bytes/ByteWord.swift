/// Eight bytes of a text in one word, tested together by the same few operations.
///
/// A test returns marks: the high bit of every byte that passes. Sums use bytes without their high
/// bits, so that none carries into the next byte (Warren, "Hacker's Delight", 2nd edition, section
/// 6-1).
@usableFromInline
struct ByteWord {
    @inlinable static var ones: UInt64 { 0x0101_0101_0101_0101 }
    @inlinable static var highs: UInt64 { 0x8080_8080_8080_8080 }

    @usableFromInline let word: UInt64
    /// The bytes without their high bits.
    @usableFromInline let low: UInt64

    /// `word` as in memory, without its first `count` bytes and padded with as many zeros.
    @inlinable
    @inline(__always)
    init(_ word: UInt64, without count: Int = 0) {
        // The first byte is the lowest one.
        self.word = UInt64(littleEndian: word) &>> UInt64(truncatingIfNeeded: 8 &* count)
        low = self.word & ~Self.highs
    }

    /// The index of the first marked byte; 8 if none is marked.
    @inlinable
    @inline(__always)
    static func first(of marks: UInt64) -> Int { marks.trailingZeroBitCount / 8 }

    /// The index of the last marked byte; -1 if none is marked.
    @inlinable
    @inline(__always)
    static func last(of marks: UInt64) -> Int { 7 &- marks.leadingZeroBitCount / 8 }

    /// Marks the bytes equal to `byte`, which is ASCII.
    @inlinable
    @inline(__always)
    func marks(of byte: UInt8) -> UInt64 {
        let other = low ^ (Self.ones &* UInt64(byte))
        return ~(other &+ Self.ones &* 0x7F) & ~word & Self.highs
    }

    /// The bytes, with upper-case ASCII letters converted to lower case.
    @inlinable
    @inline(__always)
    var lowercased: UInt64 {
        let isUpper = (low &+ Self.ones &* 0x3F) & ~(low &+ Self.ones &* 0x25) & ~word & Self.highs
        // The mark of each letter, moved to the bit in which the cases differ.
        return word | isUpper &>> 2
    }

    /// Marks the control characters: bytes below `lowest`, which is ASCII, and DEL.
    @inlinable
    @inline(__always)
    func controls(below lowest: UInt8) -> UInt64 {
        let isNotLess = low &+ Self.ones &* UInt64(0x80 &- lowest)
        let isDelete = low &+ Self.ones
        return (~isNotLess | isDelete) & ~word & Self.highs
    }

    /// Marks all but letters, digits, `-`, `.` and `_`; with `slashes`, slashes are not marked
    /// either.
    ///
    /// The unmarked bytes make up nearly all of a path, a host or a name.
    @inlinable
    @inline(__always)
    func uncommon(withSlash slashes: Bool) -> UInt64 {
        let folded = low | Self.ones &* 0x20
        let letters = (folded &+ Self.ones &* 0x1F) & ~(folded &+ Self.ones &* 0x05)
        // From "-" to "9", with the slash in between.
        let digits = (low &+ Self.ones &* 0x53) & ~(low &+ Self.ones &* 0x46)
        let isNoSlash = (low ^ Self.ones &* 0x2F) &+ Self.ones &* 0x7F
        let isNoLowLine = (low ^ Self.ones &* 0x5F) &+ Self.ones &* 0x7F
        let common = letters | (digits & (isNoSlash | (slashes ? .max : 0))) | ~isNoLowLine
        return (~common | word) & Self.highs
    }

    /// Whether all bytes are lower-case letters, digits, or one of `$%&'()*+,-./:;`.
    @inlinable
    @inline(__always)
    var isPlainInURL: Bool {
        let fromDollar = (low &+ Self.ones &* 0x5C) & ~(low &+ Self.ones &* 0x44)
        let letters = (low &+ Self.ones &* 0x1F) & ~(low &+ Self.ones &* 0x05)
        return (fromDollar | letters) & ~word & Self.highs == Self.highs
    }

    /// Marks slashes and dots, which differ in one bit.
    @inlinable
    @inline(__always)
    var slashesAndDots: UInt64 {
        let other = (low | Self.ones) ^ Self.ones &* 0x2F
        return ~(other &+ Self.ones &* 0x7F) & ~word & Self.highs
    }
}

// MARK: - Runs

/// Scans that every request uses; bounds are checked once for eight bytes.
extension Span<UInt8> {
    /// The end of the run of bytes in `set` that begins at `start`.
    @inlinable
    @inline(__always)
    package func endOfRun(of set: ByteSet, from start: Int) -> Int {
        let slashes = set.contains(UInt8(ascii: "/"))
        let isWide = set.holdsCommonBytes
        return unsafe withUnsafeBytes { bytes in
            var index = Swift.max(start, 0)
            while true {
                while isWide, index <= bytes.count &- 8 {
                    let word = ByteWord(
                        unsafe bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                    )
                    let marks = word.uncommon(withSlash: slashes)
                    index &+= ByteWord.first(of: marks)
                    if marks != 0 { break }
                }
                guard index < bytes.count, unsafe set.contains(bytes[index]) else { return index }
                index &+= 1
            }
        }
    }

    /// Whether there are eight bytes or more, all of them lower-case letters, digits, or one of
    /// `$%&'()*+,-./:;`: as in most URLs, and a subset of ``ByteSet/safeInHeader``.
    @inlinable
    package var hasOnlyPlainURLBytes: Bool {
        guard count >= 8 else { return false }
        return unsafe withUnsafeBytes { bytes in
            // The last eight bytes may overlap those before.
            let last = bytes.count &- 8
            var index = 0
            while unsafe ByteWord(
                bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            ).isPlainInURL {
                if index == last { return true }
                index = Swift.min(index &+ 8, last)
            }
            return false
        }
    }

    /// The index of the first byte at or after `start` that is below `lowest`, which is ASCII, or
    /// DEL; the count if there is none.
    @inlinable
    package func firstControl(below lowest: UInt8, from start: Int) -> Int {
        unsafe withUnsafeBytes { bytes in
            var index = Swift.max(start, 0)
            while index <= bytes.count &- 8 {
                let word = ByteWord(
                    unsafe bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                )
                let marks = word.controls(below: lowest)
                if marks != 0 { return index &+ ByteWord.first(of: marks) }
                index &+= 8
            }
            while index < bytes.count, case let byte = unsafe bytes[index],
                byte >= lowest, byte != 0x7F
            {
                index &+= 1
            }
            return index
        }
    }

    /// The end of a path that begins after a slash and has only letters, digits, `-`, `.`, `_` and
    /// slashes; nil if it needs a closer look because a segment is empty or begins with a dot, or
    /// because there are fewer than eight bytes.
    @inlinable
    package func endOfPlainPath(from start: Int) -> Int? {
        guard count >= 8 else { return nil }
        return unsafe withUnsafeBytes { bytes in
            var index = Swift.max(start, 0)
            // Whether the byte before `index` is a slash, as its mark shifted by one byte.
            var carried: UInt64 = 0x80
            while index < bytes.count {
                // If less than a word is left, the bytes after the end are zero, which ends the
                // path.
                let excess = Swift.max(index &- (bytes.count &- 8), 0)
                let word = ByteWord(
                    unsafe bytes.loadUnaligned(fromByteOffset: index &- excess, as: UInt64.self),
                    without: excess
                )
                let ends = word.uncommon(withSlash: true)
                let slashes = word.marks(of: UInt8(ascii: "/"))
                let special = (slashes &<< 8 | carried) & word.slashesAndDots
                if ends | special != 0 {
                    let end = ByteWord.first(of: ends)
                    return ByteWord.first(of: special) < end ? nil : index &+ end
                }
                carried = slashes &>> 56
                index &+= 8
            }
            return bytes.count
        }
    }

    /// The index after the last slash; 0 if there is none.
    @inlinable
    package func startOfName() -> Int {
        unsafe withUnsafeBytes { bytes in
            var end = bytes.count
            while end >= 8 {
                let word = ByteWord(
                    unsafe bytes.loadUnaligned(fromByteOffset: end &- 8, as: UInt64.self)
                )
                let slashes = word.marks(of: UInt8(ascii: "/"))
                if slashes != 0 { return end &- 7 &+ ByteWord.last(of: slashes) }
                end &-= 8
            }
            while end > 0, unsafe bytes[end &- 1] != UInt8(ascii: "/") { end &-= 1 }
            return end
        }
    }
}
