import Bytes
import Time

/// Relative times in words.
enum RelativeTime {
    private static let units: [(seconds: Int64, one: StaticString, many: StaticString)] = [
        (86_400, " day ago", " days ago"), (3_600, " hour ago", " hours ago"),
        (60, " minute ago", " minutes ago"),
    ]

    /// Appends how long `time` was before `now`, in the largest unit that fits: `3 hours ago`.
    static func append(ageOf time: Timestamp, at now: Timestamp, to bytes: inout [UInt8]) {
        let seconds = max(now.seconds(since: time), 0)
        for unit in units where seconds >= unit.seconds {
            let count = seconds / unit.seconds
            bytes.append(decimal: count.magnitude)
            bytes.append(count == 1 ? unit.one : unit.many)
            return
        }
        bytes.append("just now")
    }
}
