package import Time

/// Times as operators type them.
package enum TimeText {
    /// The UTC time meant by a text about the future: `2h` and `3d` count from now.
    ///
    /// `14:00` is today or, if that is over, tomorrow. Nil for anything else.
    package static func moment(ahead text: String, now: Timestamp) -> Timestamp? {
        guard let moment = moment(text, now: now) else { return nil }
        if let unit = text.last, "mhdw".contains(unit) {
            return now.advanced(bySeconds: now.seconds(since: moment))
        }
        // A time of day means the most recent one, so the next one is a day later.
        return text.count == 5 ? moment.advanced(bySeconds: 86_400) : moment
    }

    /// The UTC time that `text` means, or nil.
    ///
    /// `14:00` is today or, if that is still to come, yesterday; `2h` and `3d` count back from now;
    /// other formats are `2026-12-01`, `2026-12-01T14:00` and RFC 3339.
    package static func moment(_ text: String, now: Timestamp) -> Timestamp? {
        if let moment = Timestamp(rfc3339: text.utf8Span.span) { return moment }
        if let unit = text.last, let count = Int64(text.dropLast()), count >= 0,
            let seconds = ["m": 60, "h": 3600, "d": 86_400, "w": 604_800][String(unit)],
            count <= 10_000
        {
            return now.advanced(bySeconds: -count * Int64(seconds))
        }
        let today = now.description.prefix(10)
        if text.count == 5, text.dropFirst(2).first == ":" {
            guard let moment = Timestamp(rfc3339: "\(today)T\(text):00Z".utf8Span.span) else {
                return nil
            }
            return moment > now ? moment.advanced(bySeconds: -86_400) : moment
        }
        let whole = text.contains("T") ? "\(text):00Z" : "\(text)T00:00:00Z"
        return Timestamp(rfc3339: whole.utf8Span.span)
    }
}
