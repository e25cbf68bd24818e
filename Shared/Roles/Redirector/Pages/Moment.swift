import Time

/// Times as people say them.
enum Moment {
    /// How long `time` was before `now`, in the largest unit that fits: `3 hours ago`.
    static func age(of time: Timestamp, at now: Timestamp) -> String {
        let seconds = max(now.seconds(since: time), 0)
        let units: [(seconds: Int64, name: String)] = [
            (86_400, "day"), (3_600, "hour"), (60, "minute"),
        ]
        for unit in units where seconds >= unit.seconds {
            let count = seconds / unit.seconds
            return "\(count) \(unit.name)\(count == 1 ? "" : "s") ago"
        }
        return "just now"
    }
}
