package import JSON
package import Time

extension Timestamp {
    /// Day and minute: `2026-11-22 15:47`.
    package var dateText: String {
        let text = description
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5))"
    }

    /// Seconds since 1970, or a time in RFC 3339; nil for anything else.
    package init?(json: JSONValue?) {
        switch json {
        case .integer(let seconds)?: self.init(secondsSinceEpoch: seconds)
        case .string(let text)?: self.init(rfc3339: text.utf8Span.span)
        default: return nil
        }
    }
}
