import Bytes

/// The blobs that the host could not bring lately, which are not asked for again at once.
struct EdgeFailures {
    /// How long a blob that could not be brought is not asked for again, and how old a report may
    /// get, in seconds.
    static let patience: Int64 = 60

    /// Clients make up names of status pages, so there may be no end of keys.
    private static let limit = 64

    private var failures: [(key: String, at: Int64)] = []

    /// Whether so many blobs could not be brought lately that none is to be looked for that a
    /// client names.
    func areMany(now: Int64) -> Bool {
        failures.count { now &- $0.at < Self.patience } >= Self.limit
    }

    /// The host could not bring the blob with `key`.
    mutating func add(_ key: String, now: Int64) {
        failures.removeAll { $0.key.isSpelled(like: key) || now &- $0.at >= Self.patience }
        if failures.count >= Self.limit { failures.removeFirst() }
        failures.append((key, now))
    }

    /// Whether the host could not bring the blob with `key` a moment ago.
    func contains(_ key: String, now: Int64) -> Bool {
        failures.contains { $0.key.isSpelled(like: key) && now &- $0.at < Self.patience }
    }
}
