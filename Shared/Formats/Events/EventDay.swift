package import Time

/// A day in UTC; its events are one blob.
package struct EventDay: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Its first second.
    package let start: Timestamp

    /// The day of a time; times outside the years 0 to 9999 are clamped.
    package init(of time: Timestamp) {
        let date = CalendarTime(time)
        start =
            Timestamp(year: date.year, month: date.month, day: date.day)
            ?? Timestamp(secondsSinceEpoch: 0)
    }

    /// The day of an events blob; nil for other keys.
    package init?(key: String) {
        guard key.hasPrefix(Self.prefix), key.hasSuffix(Self.suffix) else { return nil }
        self.init(key.dropFirst(Self.prefix.count).dropLast(Self.suffix.count))
    }

    /// Parses `2026-12-01`.
    package init?(_ text: some StringProtocol) {
        guard let start = Timestamp(rfc3339: "\(text)T00:00:00Z".utf8Span.span) else { return nil }
        self.start = start
    }

    package static let prefix = "events/"
    static let suffix = ".jsonl"

    package var key: String { "\(Self.prefix)\(self)\(Self.suffix)" }

    /// `2026-12-01`.
    package var description: String { String(start.description.prefix(10)) }

    package func advanced(byDays days: Int64) -> EventDay {
        EventDay(of: start.advanced(bySeconds: days * 86_400))
    }

    package static func < (left: EventDay, right: EventDay) -> Bool { left.start < right.start }
}
