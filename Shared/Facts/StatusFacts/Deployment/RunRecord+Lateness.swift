package import RunRecords
package import Time

extension RunRecord {
    /// The function with its region, if it has one: `checker-europe`.
    package var name: String { role.rawValue + (region.map { "-\($0)" } ?? "") }

    /// How often it runs if its record does not say: as in template.yaml, `storage clean` as by the
    /// systemd timer, which starts it less often.
    package var interval: Int64 { intervalSeconds ?? Self.usualInterval(of: role) }

    static func usualInterval(of role: Role) -> Int64 {
        switch role {
        case .leader: 600
        case .probe, .builder: 60
        case .cleaning: 86_400
        case .checker, .status: 300
        }
    }

    /// Whether it has not succeeded for three of its intervals; if these are not recorded, for
    /// three of the default ones plus two minutes.
    package func isOverdue(at now: Timestamp) -> Bool {
        if let isLate = isLate(at: now) { return isLate }
        let latest = lastSuccessAt ?? failingSince ?? endedAt
        return now.seconds(since: latest) > Self.lateIntervals * interval + 120
    }
}
