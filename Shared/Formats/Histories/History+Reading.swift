package import Mirrors

// What pages ask. It is enough that one of a mirror's URLs is up, so the best of them counts.

extension History {
    /// The minutes up in each of the latest `count` hours, oldest first; nil if nothing is known.
    package func hours(of ids: [AccessPoint.ID], count: Int) -> [Int?] {
        best(ids, count: count, unknown: Int(Self.unknownHour)) { $0.hours.map { Int($0) } }
    }

    /// The uptime of each of the latest `count` complete days, per mille, oldest first.
    package func days(of ids: [AccessPoint.ID], count: Int) -> [Int?] {
        best(ids, count: count, unknown: Int(Self.unknownShare)) { $0.days.map { Int($0) } }
    }

    private func best(
        _ ids: [AccessPoint.ID],
        count: Int,
        unknown: Int,
        _ row: (Point) -> [Int]
    ) -> [Int?] {
        var found = [Int?](repeating: nil, count: max(0, count))
        for id in ids {
            guard let values = points[id].map(row)?.suffix(found.count) else { continue }
            for (offset, value) in values.enumerated() where value != unknown {
                let index = found.count - values.count + offset
                found[index] = max(found[index] ?? 0, value)
            }
        }
        return found
    }

    /// The share of the latest days in which one of the URLs was up, from 0 to 1; nil if nothing is
    /// known.
    ///
    /// Computed from hours as far back as these go, including those of the current day, and from
    /// days before that.
    package func uptime(of ids: [AccessPoint.ID], days count: Int) -> Double? {
        let isByHour = count * 24 <= Self.hourLimit
        let known = (isByHour ? hours(of: ids, count: count * 24) : days(of: ids, count: count))
            .compactMap { $0 }
        guard !known.isEmpty else { return nil }
        return Double(known.reduce(0, +)) / Double(known.count * (isByHour ? 60 : 1000))
    }

    /// The completeness of a mirror at the ends of the latest days, per mille of what it promises,
    /// oldest first.
    package func completeness(of id: Mirror.ID, count: Int) -> [Int?] {
        row(mirrors[id]?.completeness ?? [], count, unknown: Self.unknownShare)
    }

    /// By how many quarters of an hour a mirror was behind at the ends of the latest days, oldest
    /// first.
    package func lag(of id: Mirror.ID, count: Int) -> [Int?] {
        row(mirrors[id]?.lag ?? [], count, unknown: Self.unknownLag)
    }

    private func row(_ values: [UInt16], _ count: Int, unknown: UInt16) -> [Int?] {
        let known = values.suffix(max(0, count)).map { $0 == unknown ? nil : Int($0) }
        return [Int?](repeating: nil, count: max(0, count - known.count)) + known
    }
}
