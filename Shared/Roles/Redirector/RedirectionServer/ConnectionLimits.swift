/// What a connection may take; times in milliseconds.
package struct ConnectionLimits: Sendable {
    /// Between requests.
    var idle: Int64 = 60_000
    /// From the first byte of a head to its last.
    var head: Int64 = 10_000
    /// For reading what a client still sends after the last answer.
    var lingering: Int64 = 2_000
    /// For an answer that is made apart from the loop.
    var hold: Int64 = 60_000
    /// For the answers that are under way when the server stops.
    var shutdown: Int64 = 10_000
    /// The longest body that is read and dropped to keep a connection.
    var bodyByteCount = 64 * 1024
    /// How many bytes of answers are made before the client has to take some.
    var pendingByteCount = 64 * 1024
    /// How many requests one connection may bring.
    var requestCount = 100_000
    /// How many connections one loop holds open.
    var connectionCount = 10_000

    init() {}

    init(_ settings: RedirectorSettings) {
        idle = Int64(settings.idleTimeoutSeconds) * 1000
        head = Int64(settings.headTimeoutSeconds) * 1000
        requestCount = settings.maxRequests
        connectionCount = max(settings.maxConnections / settings.threads, 1)
    }
}
