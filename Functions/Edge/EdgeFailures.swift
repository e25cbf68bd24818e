/// The blobs that the host could not bring lately, which are not asked for again at once.
struct EdgeFailures {
    /// How long a blob that could not be brought is not asked for again, and how old a report may
    /// get, in seconds.
    static let patience: Int64 = 60

    /// A few at most.
    private var failures: [(key: String, at: Int64)] = []

    /// The host could not bring the blob with `key`.
    mutating func add(_ key: String, now: Int64) {
        failures.removeAll { $0.key == key || now &- $0.at >= Self.patience }
        failures.append((key, now))
    }

    /// Whether the host could not bring the blob with `key` a moment ago.
    func contains(_ key: String, now: Int64) -> Bool {
        failures.contains { $0.key == key && now &- $0.at < Self.patience }
    }
}
