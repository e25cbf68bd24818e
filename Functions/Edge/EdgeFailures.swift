import Bytes

/// The blobs that the host recently failed to fetch.
///
/// They are not requested again at once.
struct EdgeFailures {
    /// How long a failed blob is not requested again, and a fetched report or status file is used,
    /// in seconds.
    static let patience: Int64 = 60

    /// Clients can invent names of status pages, so the number of keys needs a limit.
    private static let limit = 64

    private var failures: [(key: String, at: Int64)] = []

    /// Whether too many fetches failed recently to try another key that a client names.
    func areMany(now: Int64) -> Bool {
        failures.count { now &- $0.at < Self.patience } >= Self.limit
    }

    /// Notes that the host could not fetch the blob with `key`.
    mutating func add(_ key: String, now: Int64) {
        failures.removeAll { $0.key.isSpelled(like: key) || now &- $0.at >= Self.patience }
        if failures.count >= Self.limit { failures.removeFirst() }
        failures.append((key, now))
    }

    /// Whether the host recently failed to fetch the blob with `key`.
    func contains(_ key: String, now: Int64) -> Bool {
        failures.contains { $0.key.isSpelled(like: key) && now &- $0.at < Self.patience }
    }
}
