package import Mirrors

// What pages ask. Of several URLs of a mirror one that is up is enough, so the best of them counts.

extension History {
    /// The minutes up of the latest `count` hours, the oldest first; nil where nothing is known.
    package func hours(of ids: [AccessPoint.ID], count: Int) -> [Int?] {
        best(ids, count: count, unknown: Int(Self.unknownHour)) { $0.hours.map { Int($0) } }
    }

    /// The thousandths up of the latest `count` days that are over, the oldest first.
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

    /// The share of the latest days that one of the URLs was up, from 0 to 1; nil where nothing is
    /// known.
    ///
    /// By hours as far as these go back, the hours of the running day among them, and by days
    /// beyond.
    package func uptime(of ids: [AccessPoint.ID], days count: Int) -> Double? {
        let isByHour = count * 24 <= Self.hourLimit
        let known = (isByHour ? hours(of: ids, count: count * 24) : days(of: ids, count: count))
            .compactMap { $0 }
        guard !known.isEmpty else { return nil }
        return Double(known.reduce(0, +)) / Double(known.count * (isByHour ? 60 : 1000))
    }

    /// The thousandths of what it promises that a mirror had at the ends of the latest days, the
    /// oldest first.
    package func completeness(of id: Mirror.ID, count: Int) -> [Int?] {
        row(mirrors[id]?.completeness ?? [], count, unknown: Self.unknownShare)
    }

    /// The quarters of an hour that a mirror was behind at the ends of the latest days, the oldest
    /// first.
    package func lag(of id: Mirror.ID, count: Int) -> [Int?] {
        row(mirrors[id]?.lag ?? [], count, unknown: Self.unknownLag)
    }

    private func row(_ values: [UInt16], _ count: Int, unknown: UInt16) -> [Int?] {
        let known = values.suffix(max(0, count)).map { $0 == unknown ? nil : Int($0) }
        return [Int?](repeating: nil, count: max(0, count - known.count)) + known
    }
}
