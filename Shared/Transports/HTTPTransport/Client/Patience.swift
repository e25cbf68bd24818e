/// The time limits of an HTTP request.
package struct Patience: Hashable, Sendable {
    /// For the connection, including TLS.
    package var connectSeconds: Double
    /// With almost no bytes moving in either direction, including the wait for the first byte.
    package var stallSeconds: Double
    /// For everything.
    package var totalSeconds: Double

    /// The speed in bytes per second that counts as no movement.
    static let stallSpeed = 100

    package init(connectSeconds: Double, stallSeconds: Double, totalSeconds: Double) {
        self.connectSeconds = connectSeconds
        self.stallSeconds = stallSeconds
        self.totalSeconds = totalSeconds
    }
}
