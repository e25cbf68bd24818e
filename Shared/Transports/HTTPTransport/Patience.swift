/// How long an HTTP request may take.
package struct Patience: Hashable, Sendable {
    /// For the connection, TLS included.
    package var connectSeconds: Double
    /// With next to no bytes moving either way, the wait for the first byte included.
    package var stallSeconds: Double
    /// For everything.
    package var totalSeconds: Double

    /// Bytes per second that count as no movement.
    static let stallSpeed = 100

    package init(connectSeconds: Double, stallSeconds: Double, totalSeconds: Double) {
        self.connectSeconds = connectSeconds
        self.stallSeconds = stallSeconds
        self.totalSeconds = totalSeconds
    }
}
