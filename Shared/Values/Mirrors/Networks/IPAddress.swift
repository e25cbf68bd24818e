import Bytes

/// An IPv4 or IPv6 address as a number.
///
/// An IPv4-mapped IPv6 address (`::ffff:192.0.2.1`, as reported by a socket for both families)
/// equals the IPv4 address, so that a client does not appear as two.
package struct IPAddress: Hashable, Sendable {
    /// The 16 bytes of the IPv6 form, as two numbers in network byte order.
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    package init(v4 address: UInt32) {
        self.init(high: 0, low: 0xFFFF_0000_0000 | UInt64(address))
    }

    package var isIPv4: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// The address with all but its first `prefixLength` bits cleared, counted in its own family's
    /// length: 32 or 128.
    package func network(prefixLength: Int) -> IPAddress {
        let length = min(max(isIPv4 ? prefixLength + 96 : prefixLength, 0), 128)
        let highMask: UInt64 = length >= 64 ? .max : ~(.max >> UInt64(length))
        let lowMask: UInt64 = length <= 64 ? 0 : ~(length == 128 ? 0 : .max >> UInt64(length - 64))
        return IPAddress(high: high & highMask, low: low & lowMask)
    }

    /// The network that represents the client for load spreading and privacy: /24 for IPv4, /48 for
    /// IPv6.
    package var clientNetwork: IPAddress { network(prefixLength: isIPv4 ? 24 : 48) }
}

extension IPAddress {
    /// Parses an address in RFC 4291 or dotted-decimal notation, or returns nil.
    ///
    /// A zone (`fe80::1%eth0`) is ignored. Leading zeros in dotted decimals are refused, because
    /// some parsers take them for octal.
    package init?(parsing text: Span<UInt8>) {
        var end = 0
        while end < text.count, text[end] != UInt8(ascii: "%") { end += 1 }
        let text = text.extracting(0..<end)
        if let address = Self.dotted(text) {
            self.init(v4: address)
            return
        }
        guard let groups = Groups(text) else { return nil }
        self.init(high: groups.number(at: 0), low: groups.number(at: 4))
    }

    /// The groups of an address in RFC 4291 notation.
    private struct Groups {
        private var numbers = InlineArray<8, UInt16>(repeating: 0)
        private var count = 0
        /// The number of groups before `::`; nil without that.
        private var gap: Int?

        init?(_ text: Span<UInt8>) {
            var offset = 0
            if text.count >= 2, text[0] == UInt8(ascii: ":") {
                guard text[1] == UInt8(ascii: ":") else { return nil }
                gap = 0
                offset = 2
            }
            while offset < text.count {
                guard append(text, &offset) else { return nil }
                guard offset < text.count else { break }
                guard text[offset] == UInt8(ascii: ":") else { return nil }
                offset += 1
                if offset < text.count, text[offset] == UInt8(ascii: ":") {
                    guard gap == nil else { return nil }
                    gap = count
                    offset += 1
                } else if offset == text.count {
                    return nil
                }
            }
            guard gap == nil ? count == 8 : count < 8 else { return nil }
        }

        /// Appends the group at `offset`, or the two of the dotted decimals that end the text, and
        /// moves on behind it; false if there is none.
        private mutating func append(_ text: Span<UInt8>, _ offset: inout Int) -> Bool {
            let start = offset
            var group: UInt32 = 0
            while offset < text.count, offset - start < 4,
                let digit = Hexadecimal.value(ofDigit: text[offset])
            {
                group = group << 4 | UInt32(digit)
                offset += 1
            }
            if offset < text.count, text[offset] == UInt8(ascii: ".") {
                guard count <= 6,
                    let tail = IPAddress.dotted(text.extracting(start..<text.count))
                else { return false }
                numbers[count] = UInt16(truncatingIfNeeded: tail >> 16)
                numbers[count + 1] = UInt16(truncatingIfNeeded: tail)
                count += 2
                offset = text.count
                return true
            }
            guard offset > start, count < 8 else { return false }
            numbers[count] = UInt16(truncatingIfNeeded: group)
            count += 1
            return true
        }

        /// The 64 bits of the four groups from `start` on; those of the gap are 0.
        func number(at start: Int) -> UInt64 {
            var number: UInt64 = 0
            for position in start..<start + 4 {
                // Groups after the gap are placed at the end.
                let index = position < gap ?? count ? position : position - (8 - count)
                let isInGap = position >= gap ?? count && index < gap ?? count
                number = number << 16 | (isInGap ? 0 : UInt64(numbers[index]))
            }
            return number
        }
    }

    package init?(_ text: String) {
        self.init(parsing: Array(text.utf8).span)
    }

    /// Four decimal numbers up to 255, joined by dots.
    private static func dotted(_ text: Span<UInt8>) -> UInt32? {
        var address: UInt32 = 0
        var offset = 0
        for part in 0..<4 {
            let start = offset
            var number: UInt32 = 0
            while offset < text.count, offset - start < 3, (0x30...0x39).contains(text[offset]) {
                number = number * 10 + UInt32(text[offset] - 0x30)
                offset += 1
            }
            guard offset > start, number <= 255, offset - start == 1 || text[start] != 0x30 else {
                return nil
            }
            address = address << 8 | number
            if part < 3 {
                guard offset < text.count, text[offset] == UInt8(ascii: ".") else { return nil }
                offset += 1
            }
        }
        return offset == text.count ? address : nil
    }
}

extension IPAddress: CustomStringConvertible {
    /// Dotted decimal, or RFC 5952's notation with `::` for the longest run of zeros.
    package var description: String {
        if isIPv4 {
            return [24, 16, 8, 0].map { String(low >> $0 & 0xFF) }.joined(separator: ".")
        }
        var groups: [UInt64] = []
        for half in [high, low] {
            for shift in [48, 32, 16, 0] { groups.append(half >> shift & 0xFFFF) }
        }
        var gap = 0..<0
        for start in groups.indices {
            let end = groups[start...].firstIndex { $0 != 0 } ?? groups.endIndex
            if end - start > Swift.max(gap.count, 1) { gap = start..<end }
        }
        func text(_ groups: ArraySlice<UInt64>) -> String {
            groups.map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard !gap.isEmpty else { return text(groups[...]) }
        return text(groups[..<gap.lowerBound]) + "::" + text(groups[gap.upperBound...])
    }
}
