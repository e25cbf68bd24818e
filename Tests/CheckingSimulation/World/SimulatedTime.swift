import Mirrors
package import Time

/// Seconds of a simulation, and the corresponding times on clocks.
package enum SimulatedTime {
    /// The time of second 0: a full hour.
    package static let epoch: Int64 = 1_795_362_420 / 3600 * 3600

    package static func timestamp(_ seconds: Int) -> Timestamp {
        Timestamp(secondsSinceEpoch: epoch + Int64(seconds))
    }

    package static func seconds(_ timestamp: Timestamp) -> Int {
        Int(timestamp.secondsSinceEpoch - epoch)
    }

    package static let day = 86_400
    package static let hour = 3600
}
