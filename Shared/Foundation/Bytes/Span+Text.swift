// ASCII text in bytes without copies, for parsing the heads of requests and answers, and listings.

extension Span<UInt8> {
    /// A copy of these bytes.
    @inlinable
    package var array: [UInt8] {
        unsafe withUnsafeBufferPointer { unsafe Array($0) }
    }

    @inlinable
    package func equals(_ other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        return unsafe withUnsafeBytes { bytes in
            unsafe other.withUnsafeBytes { other in
                var index = 0
                while index <= bytes.count &- 8 {
                    let word = unsafe bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                    guard
                        unsafe word
                            == other.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                    else { return false }
                    index &+= 8
                }
                while index < bytes.count {
                    guard unsafe bytes[index] == other[index] else { return false }
                    index &+= 1
                }
                return true
            }
        }
    }

    /// Whether these bytes are the UTF-8 of `text`.
    @inlinable
    package func equals(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        for index in indices {
            guard unsafe self[index] == text.utf8Start[index] else { return false }
        }
        return true
    }

    /// Whether these bytes are `text`, which is in lower case, ignoring case.
    @inlinable
    package func equalsIgnoringCase(_ text: StaticString) -> Bool {
        count == text.utf8CodeUnitCount && beginsIgnoringCase(with: text)
    }

    /// Whether these bytes are `other`, ignoring case.
    @inlinable
    package func equalsIgnoringCase(_ other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in indices where self[index].lowercasedASCII != other[index].lowercasedASCII {
            return false
        }
        return true
    }

    /// Whether these bytes begin with `text`, which is in lower case, ignoring case.
    @inlinable
    package func beginsIgnoringCase(with text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard count >= length else { return false }
        // Read once: a StaticString tests each time whether it has an address.
        let start = unsafe UnsafeRawPointer(text.utf8Start)
        return unsafe withUnsafeBytes { bytes in
            guard length >= 8 else {
                for index in 0..<length {
                    let byte = unsafe start.load(fromByteOffset: index, as: UInt8.self)
                    guard unsafe bytes[index].lowercasedASCII == byte else { return false }
                }
                return true
            }
            // Eight bytes at a time; the last eight may overlap those before.
            var offset = 0
            while true {
                let own = unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                let other = unsafe start.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                guard ByteWord(own).lowercased == ByteWord(other).word else { return false }
                guard offset < length &- 8 else { return true }
                offset = Swift.min(offset &+ 8, length &- 8)
            }
        }
    }

    /// `range` without leading and trailing spaces and tabs.
    @inlinable
    package func trimmed(_ range: Range<Int>) -> Range<Int> {
        var lower = range.lowerBound
        var upper = range.upperBound
        while lower < upper, self[lower] == 0x20 || self[lower] == 0x09 { lower += 1 }
        while upper > lower, self[upper - 1] == 0x20 || self[upper - 1] == 0x09 { upper -= 1 }
        return lower..<upper
    }

    /// The index of the first `byte`, which is ASCII, in `range`; its end if there is none.
    @inlinable
    package func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        return unsafe withUnsafeBytes { bytes in
            var index = range.lowerBound
            while index <= range.upperBound &- 8 {
                let word = ByteWord(
                    unsafe bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                )
                let marks = word.marks(of: byte)
                if marks != 0 { return index &+ ByteWord.first(of: marks) }
                index &+= 8
            }
            while index < range.upperBound, unsafe bytes[index] != byte { index &+= 1 }
            return index
        }
    }

    /// Calls `body` with each element of the list in `range`, trimmed, until it returns true;
    /// returns whether it did.
    ///
    /// An empty list has one element, which is empty.
    @inlinable
    package func containsElement(
        of range: Range<Int>,
        separatedBy separator: UInt8 = UInt8(ascii: ","),
        where body: (Range<Int>) -> Bool
    ) -> Bool {
        var start = range.lowerBound
        while start <= range.upperBound {
            let end = firstIndex(of: separator, in: start..<range.upperBound)
            if body(trimmed(start..<end)) { return true }
            start = end + 1
        }
        return false
    }

    /// Whether a comma-separated list in `range` contains `token`, which is in lower case, ignoring
    /// case.
    @inlinable
    package func list(in range: Range<Int>, contains token: StaticString) -> Bool {
        containsElement(of: range) { extracting($0).equalsIgnoringCase(token) }
    }

    /// The number in the decimal digits of `range`; nil if there are none, for anything else, and
    /// if it exceeds 64 bits.
    @inlinable
    package func decimal(in range: Range<Int>) -> UInt64? {
        guard range.lowerBound < range.upperBound else { return nil }
        var number: UInt64 = 0
        var index = range.lowerBound
        while index < range.upperBound {
            guard number.append(decimalDigit: self[index]) else { return nil }
            index += 1
        }
        return number
    }
}

extension UInt8 {
    /// The byte, with an upper-case ASCII letter converted to lower case.
    @inlinable
    package var lowercasedASCII: UInt8 { (0x41...0x5A).contains(self) ? self | 0x20 : self }

    /// The byte, with a lower-case ASCII letter converted to upper case.
    @inlinable
    package var uppercasedASCII: UInt8 { (0x61...0x7A).contains(self) ? self & 0xDF : self }
}
