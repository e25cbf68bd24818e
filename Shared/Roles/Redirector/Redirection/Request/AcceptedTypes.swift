import Bytes

/// The value of an Accept header (RFC 9110, section 12.5.1), queried for one media type at a time.
///
/// Nothing is parsed in advance: most requests send `*/*`, and few answers depend on it.
package struct AcceptedTypes: ~Escapable {
    private let value: Span<UInt8>

    @_lifetime(copy value)
    package init(_ value: Span<UInt8>) {
        self.value = value
    }

    /// The quality of `type` in thousandths, from the most specific range that matches it.
    ///
    /// `type` is in lower case, and `subtype` begins after its slash. Without a header, everything
    /// has full quality.
    package func quality(of type: StaticString, subtype: StaticString) -> Int {
        if value.isEmpty { return 1000 }
        var best = (specificity: 0, quality: 0)
        _ = value.containsElement(of: 0..<value.count) { element in
            let specificity = specificity(of: element, for: type, subtype)
            if specificity > best.specificity { best = (specificity, quality(in: element)) }
            return false
        }
        return best.quality
    }

    /// Whether a Metalink is strictly preferred over everything else in the header.
    ///
    /// A plain redirect may lead to a file of any type, so it satisfies every other range, and ties
    /// go to the file. aria2 lists Metalinks beside `*/*` in every request, whether or not its user
    /// wants one.
    package var wantsMetalink: Bool {
        // Most values are too short to name it.
        guard value.count >= 25 else { return false }
        var metalink = 0
        var others = 0
        var start = 0
        while start <= value.count {
            var end = start
            while end < value.count, value[end] != UInt8(ascii: ",") { end += 1 }
            let element = start..<end
            let range = value.extracting(mediaRange(element))
            if range.equalsIgnoringCase("application/metalink4+xml") {
                metalink = max(metalink, quality(in: element))
            } else if !range.isEmpty, !range.equalsIgnoringCase("application/metalink+xml") {
                // Version 3 is not negotiated, and no file has this type.
                others = max(others, quality(in: element))
            }
            start = end + 1
        }
        return metalink > others
    }

    /// Whether a browser asks for a page: it lists HTML and XHTML, and prefers both to other types.
    ///
    /// Programs that read pages, such as pip, list only HTML.
    package var areOfABrowser: Bool {
        // Most values are too short to name both.
        guard value.count >= 31 else { return false }
        var html = 0
        var xhtml = 0
        var any = 0
        var start = 0
        while start <= value.count {
            let end = value.firstIndex(of: UInt8(ascii: ","), in: start..<value.count)
            let element = start..<end
            let range = value.extracting(mediaRange(element))
            if range.equalsIgnoringCase("text/html") {
                html = quality(in: element)
            } else if range.equalsIgnoringCase("application/xhtml+xml") {
                xhtml = quality(in: element)
            } else if range.equals("*/*") {
                any = quality(in: element)
            }
            start = end + 1
        }
        return html > any && xhtml > any
    }

    /// Whether JSON is preferred to HTML.
    package var prefersJSON: Bool {
        quality(of: "application", subtype: "json") > quality(of: "text", subtype: "html")
    }

    /// The preferred list format; HTML by default.
    package var listForm: ListForm {
        let html = quality(of: "text", subtype: "html")
        let json = quality(of: "application", subtype: "json")
        let text = quality(of: "text", subtype: "plain")
        if json > html { return json >= text ? .json : .text }
        return text > html ? .text : .html
    }

    /// An element without its parameters.
    private func mediaRange(_ element: Range<Int>) -> Range<Int> {
        value.trimmed(element.lowerBound..<value.firstIndex(of: UInt8(ascii: ";"), in: element))
    }

    /// 3 for the type itself, 2 for `type/*`, 1 for `*/*`, 0 for no match.
    private func specificity(
        of element: Range<Int>,
        for type: StaticString,
        _ subtype: StaticString
    ) -> Int {
        let range = mediaRange(element)
        let slash = value.firstIndex(of: UInt8(ascii: "/"), in: range)
        guard slash < range.upperBound else { return 0 }
        let first = value.extracting(range.lowerBound..<slash)
        let second = value.extracting(slash + 1..<range.upperBound)
        if first.equals("*") { return second.equals("*") ? 1 : 0 }
        guard first.equalsIgnoringCase(type) else { return 0 }
        if second.equals("*") { return 2 }
        return second.equalsIgnoringCase(subtype) ? 3 : 0
    }

    /// The element's `q` in thousandths; 1000 without one, 0 for an invalid one.
    private func quality(in element: Range<Int>) -> Int {
        let parameters =
            value.firstIndex(of: UInt8(ascii: ";"), in: element)..<element.upperBound
        var quality = 1000
        _ = value.containsElement(of: parameters, separatedBy: UInt8(ascii: ";")) { parameter in
            guard value.extracting(parameter).beginsIgnoringCase(with: "q=") else { return false }
            quality = thousandths(parameter.lowerBound + 2..<parameter.upperBound)
            return true
        }
        return quality
    }

    /// Parses `0` or `1` with up to three decimals (RFC 9110, section 12.4.2).
    private func thousandths(_ range: Range<Int>) -> Int {
        guard !range.isEmpty, range.count <= 5, (0x30...0x31).contains(value[range.lowerBound])
        else { return 0 }
        var number = Int(value[range.lowerBound] - 0x30)
        var offset = range.lowerBound + 1
        if offset < range.upperBound {
            guard value[offset] == UInt8(ascii: ".") else { return 0 }
            offset += 1
        }
        for _ in 0..<3 {
            number *= 10
            guard offset < range.upperBound else { continue }
            guard (0x30...0x39).contains(value[offset]) else { return 0 }
            number += Int(value[offset] - 0x30)
            offset += 1
        }
        return min(number, 1000)
    }
}
