package import Mirrors

/// A moment as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT` (IMF-fixdate, RFC 9110, section 5.6.7).
package enum HTTPDate {
    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// The 29 bytes of `time`.
    package static func bytes(_ time: Timestamp) -> [UInt8] {
        let moment = CalendarTime(time)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(29)
        bytes += weekdays[moment.weekday].utf8
        bytes.append(", ")
        bytes.append(digits: 2, of: moment.day)
        bytes.append(" ")
        bytes += months[moment.month - 1].utf8
        bytes.append(" ")
        bytes.append(digits: 4, of: moment.year)
        bytes.append(" ")
        bytes.append(digits: 2, of: moment.hour)
        bytes.append(":")
        bytes.append(digits: 2, of: moment.minute)
        bytes.append(":")
        bytes.append(digits: 2, of: moment.second)
        bytes.append(" GMT")
        return bytes
    }
}

extension [UInt8] {
    /// Appends the UTF-8 of `text`.
    @inline(__always)
    package mutating func append(_ text: StaticString) {
        unsafe append(
            contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        )
    }

    /// Appends `number` in decimal.
    package mutating func append(decimal number: UInt64) {
        if number >= 10 { append(decimal: number / 10) }
        append(0x30 + UInt8(truncatingIfNeeded: number % 10))
    }

    /// Appends the last `count` decimal digits of `number`.
    fileprivate mutating func append(digits count: Int, of number: Int) {
        guard count > 0 else { return }
        append(digits: count - 1, of: number / 10)
        append(0x30 + UInt8(truncatingIfNeeded: number % 10))
    }
}
