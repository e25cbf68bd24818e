import Bytes

/// The value of one `Forwarded` line (RFC 7239): an element for each hop, made of `name=value`
/// pairs.
package struct ForwardedElements: ~Escapable {
    private let value: Span<UInt8>

    @_lifetime(copy value)
    package init(_ value: Span<UInt8>) {
        self.value = value
    }

    /// Whether any element says `proto=https`; nil if none gives a protocol.
    package var isHTTPS: Bool? {
        var isHTTPS: Bool?
        var start = 0
        while start <= value.count {
            let end = endOfPair(from: start)
            if let proto = text(of: "proto", in: start..<end) {
                isHTTPS = value.extracting(proto).equalsIgnoringCase("https") || isHTTPS == true
            }
            start = end + 1
        }
        return isHTTPS
    }

    /// The start of the last element that ends at or before `end`.
    ///
    /// It reads from the right: the right-most element was written by the nearest hop, and a quote
    /// that a client left open on the left does not affect it. Without `mayQuote`, a quote is an
    /// ordinary byte.
    package func startOfElement(before end: Int, mayQuote: Bool = true) -> Int {
        var start = end
        var isQuoted = false
        while start > 0, isQuoted || value[start - 1] != UInt8(ascii: ",") {
            if mayQuote, value[start - 1] == UInt8(ascii: "\"") { isQuoted.toggle() }
            start -= 1
        }
        return start
    }

    /// The value of `for` in the element in `range`, without quotes; nil if it has none.
    package func address(in range: Range<Int>) -> Range<Int>? {
        var start = range.lowerBound
        while start <= range.upperBound {
            let end = min(endOfPair(from: start), range.upperBound)
            if let address = text(of: "for", in: start..<end) { return address }
            start = end + 1
        }
        return nil
    }

    /// The index of the separator after the pair that begins at `start`, or the count.
    private func endOfPair(from start: Int) -> Int {
        var end = start
        while end < value.count, value[end] != UInt8(ascii: ";"), value[end] != UInt8(ascii: ",") {
            end += 1
        }
        return end
    }

    /// The value in `pair` if its name is `name`, which is in lower case.
    private func text(of name: StaticString, in pair: Range<Int>) -> Range<Int>? {
        let pair = value.trimmed(pair)
        let equals = pair.lowerBound + name.utf8CodeUnitCount
        guard equals < pair.upperBound, value[equals] == UInt8(ascii: "="),
            value.extracting(pair.lowerBound..<equals).equalsIgnoringCase(name)
        else { return nil }
        let text = equals + 1..<pair.upperBound
        guard text.count >= 2, value[text.lowerBound] == UInt8(ascii: "\""),
            value[text.upperBound - 1] == UInt8(ascii: "\"")
        else { return text }
        return text.lowerBound + 1..<text.upperBound - 1
    }
}
