import Bytes

/// The value of one `Forwarded` line (RFC 7239): an element for each hop, each made of `name=value`
/// pairs.
package struct ForwardedElements: ~Escapable {
    private let value: Span<UInt8>

    @_lifetime(copy value)
    package init(_ value: Span<UInt8>) {
        self.value = value
    }

    /// Whether any element says `proto=https`; nil when none says anything about it.
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

    /// Where the last element that ends at or before `end` begins.
    ///
    /// Read from the right: what stands there was written by the nearest hop, and a quote that a
    /// client left open on the left changes nothing about it. Without `mayQuote` a quote is a byte
    /// like others.
    package func startOfElement(before end: Int, mayQuote: Bool = true) -> Int {
        var start = end
        var isQuoted = false
        while start > 0, isQuoted || value[start - 1] != UInt8(ascii: ",") {
            if mayQuote, value[start - 1] == UInt8(ascii: "\"") { isQuoted.toggle() }
            start -= 1
        }
        return start
    }

    /// What the element in `range` says in `for`, without quotes; nil when it has none.
    package func address(in range: Range<Int>) -> Range<Int>? {
        var start = range.lowerBound
        while start <= range.upperBound {
            let end = min(endOfPair(from: start), range.upperBound)
            if let address = text(of: "for", in: start..<end) { return address }
            start = end + 1
        }
        return nil
    }

    /// The index of the separator behind the pair that begins at `start`, or the count.
    private func endOfPair(from start: Int) -> Int {
        var end = start
        while end < value.count, value[end] != UInt8(ascii: ";"), value[end] != UInt8(ascii: ",") {
            end += 1
        }
        return end
    }

    /// The value in `pair` where it is the one of `name`, which is lower case.
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
