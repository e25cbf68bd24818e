/// The limits of a connection; times in milliseconds.
package struct ConnectionLimits: Sendable {
    /// Between requests.
    var idle: Int64 = 60_000
    /// From the first byte of a head to its last, and again for the body after it.
    var head: Int64 = 10_000
    /// For reading what a client still sends after the last answer.
    var lingering: Int64 = 2_000
    /// For a page that is made outside the loop.
    var wait: Int64 = 30_000
    /// For pending answers when the server stops.
    var shutdown: Int64 = 10_000
    /// The maximum wait of a request for storage.
    var storagePatience: Int64 = 1_500
    /// Between two looks at storage.
    var lookInterval: Int64 = 5_000
    /// The maximum body to read and discard in order to keep a connection.
    var bodyByteCount = 64 * 1024
    /// How many bytes of answers are made for one read before the client has to take some.
    var pendingByteCount = 64 * 1024
    /// The maximum number of bytes, on all connections of one loop, that wait for clients or for
    /// the rest of a request.
    var totalPendingByteCount = 16 << 20
    /// The maximum number of requests on one connection.
    var requestCount = 100_000
    /// The maximum number of connections of one loop.
    var connectionCount = 10_000
    /// The maximum number of connections from one network.
    var networkConnectionCount = 1_000

    init() {}

    init(_ settings: RedirectorSettings) {
        idle = Int64(settings.idleTimeoutSeconds) * 1000
        head = Int64(settings.headTimeoutSeconds) * 1000
        storagePatience = Int64(settings.storagePatienceMilliseconds)
        // A waiting request is answered when its patience is over, long before this.
        wait = max(wait, storagePatience + 10_000)
        lookInterval = Int64(settings.refreshSeconds) * 1000
        requestCount = settings.maxRequests
        totalPendingByteCount = max(settings.maxPendingBytes / settings.threads, 1 << 20)
        connectionCount = max(settings.maxConnections / settings.threads, 1)
        networkConnectionCount = max(
            min(settings.maxConnectionsPerNetwork / settings.threads, connectionCount),
            1
        )
    }
}
