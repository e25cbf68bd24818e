package import Mirrors
import Time

/// What is remembered of the mirrors' past: the blob `history/mirrors`.
///
/// For each access point the minutes up in each hour and the uptime of each day, for each mirror
/// completeness and lag at the end of each day, and how publications spread. Days are in UTC. Rows
/// end at ``endHour`` and ``endDay`` and go back as far as anything is known: nothing is stored for
/// the time before a mirror was listed.
package struct History: Equatable, Sendable {
    /// The history covers the hours before this one, counted from 1970.
    package internal(set) var endHour: Int64
    package internal(set) var points: [AccessPoint.ID: Point] = [:]
    package internal(set) var mirrors: [Mirror.ID: Site] = [:]
    /// Oldest first.
    package internal(set) var publications: [Publication] = []

    /// Creates an empty history that begins with the hour `hour`.
    package init(beginningAt hour: Int64) {
        endHour = max(0, hour)
    }

    /// The history covers the days before this one, counted from 1970.
    package var endDay: Int64 { endHour / 24 }

    /// How many hours are kept: 92 days.
    package static let hourLimit = 92 * 24
    package static let dayLimit = 400
    package static let publicationLimit = 2000

    /// One base URL.
    package struct Point: Equatable, Sendable {
        /// Minutes up in each hour, ``History/unknownHour`` if nobody probed; the last hour ends at
        /// ``History/endHour``.
        package internal(set) var hours: [UInt8] = []
        /// Uptime of each day per mille, ``History/unknownShare`` if nobody probed.
        package internal(set) var days: [UInt16] = []

        var isEmpty: Bool { hours.isEmpty && days.isEmpty }
    }

    /// One mirror.
    package struct Site: Equatable, Sendable {
        /// Completeness at the end of each day, per mille of what the mirror promises.
        package internal(set) var completeness: [UInt16] = []
        /// By how many quarters of an hour it was behind at the end of each day.
        package internal(set) var lag: [UInt16] = []

        var isEmpty: Bool { completeness.isEmpty && lag.isEmpty }
    }

    /// The state of a mirror at the end of a day.
    package struct Sample: Equatable, Sendable {
        /// From 0 to 1; nil if it is not known.
        package var completeness: Double?
        /// Nil if it is not known, 0 if the mirror is not behind.
        package var lagSeconds: Int64?

        package init(completeness: Double?, lagSeconds: Int64?) {
            self.completeness = completeness
            self.lagSeconds = lagSeconds
        }
    }

    package static let unknownHour: UInt8 = 61
    package static let unknownShare: UInt16 = 1001
    package static let unknownLag: UInt16 = .max
}

// MARK: - Growing

extension History {
    /// Adds the hour ``endHour``: the minutes up of each access point; nothing is known of others.
    ///
    /// The last hour of a day completes the day's uptime, too.
    package mutating func append(_ minutes: [AccessPoint.ID: UInt8]) {
        endHour += 1
        for id in minutes.keys where points[id] == nil { points[id] = Point() }
        let isDayOver = endHour % 24 == 0
        for id in points.keys {
            let value = min(minutes[id] ?? Self.unknownHour, Self.unknownHour)
            points[id, default: Point()].hours
                .push(value, unknown: Self.unknownHour, limit: Self.hourLimit)
            guard isDayOver else { continue }
            let day = Self.share(ofHours: points[id]?.hours.suffix(24) ?? [])
            points[id, default: Point()].days
                .push(day, unknown: Self.unknownShare, limit: Self.dayLimit)
        }
        points = points.filter { !$0.value.isEmpty }
        if isDayOver { push([:]) }
    }

    /// Adds the state of mirrors at the end of the latest complete day, replacing what is known of
    /// it.
    package mutating func note(_ samples: [Mirror.ID: Sample]) {
        for id in mirrors.keys { mirrors[id]?.pop() }
        push(samples)
    }

    private mutating func push(_ samples: [Mirror.ID: Sample]) {
        for id in samples.keys where mirrors[id] == nil { mirrors[id] = Site() }
        for id in mirrors.keys { mirrors[id]?.push(samples[id]) }
        mirrors = mirrors.filter { !$0.value.isEmpty }
    }

    /// The uptime of the known hours, per mille; 0 and 1000 are exact.
    static func share(ofHours hours: ArraySlice<UInt8>) -> UInt16 {
        let known = hours.filter { $0 < unknownHour }
        guard !known.isEmpty else { return unknownShare }
        return permille(minutes: known.reduce(0) { $0 + Int($1) }, hours: known.count)
    }

    /// The minutes as a per mille of this many hours; 0 and 1000 are exact.
    package static func permille(minutes: Int, hours: Int) -> UInt16 {
        permille(minutes, of: max(hours, 1) * 60)
    }

    static func permille(_ part: Int, of whole: Int) -> UInt16 {
        guard part < whole else { return 1000 }
        guard part > 0 else { return 0 }
        return UInt16(min(999, max(1, part * 1000 / whole)))
    }
}

extension History.Site {
    mutating func push(_ sample: History.Sample?) {
        var share = History.unknownShare
        if let completeness = sample?.completeness, completeness.isFinite {
            let millionths = Int((min(max(completeness, 0), 1) * 1_000_000).rounded(.down))
            share = History.permille(millionths, of: 1_000_000)
        }
        let quarters = sample?.lagSeconds.map { UInt16(min(max($0, 0) / 900, 65_534)) }
        completeness.push(share, unknown: History.unknownShare, limit: History.dayLimit)
        lag.push(
            quarters ?? History.unknownLag,
            unknown: History.unknownLag,
            limit: History.dayLimit
        )
    }

    mutating func pop() {
        _ = completeness.popLast()
        _ = lag.popLast()
    }
}

extension [UInt8] {
    fileprivate mutating func push(_ value: UInt8, unknown: UInt8, limit: Int) {
        append(value)
        trim(unknown: unknown, limit: limit)
    }
}

extension [UInt16] {
    fileprivate mutating func push(_ value: UInt16, unknown: UInt16, limit: Int) {
        append(value)
        trim(unknown: unknown, limit: limit)
    }
}

extension Array where Element: Equatable {
    /// Removes all but the latest `limit` values, and unknown ones before the first known value.
    fileprivate mutating func trim(unknown: Element, limit: Int) {
        var start = Swift.max(0, count - limit)
        while start < count, self[start] == unknown { start += 1 }
        if start > 0 { removeFirst(start) }
    }
}
