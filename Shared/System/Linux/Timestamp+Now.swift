import Glibc
package import Time

extension Timestamp {
    /// The current second, by the system's clock.
    package static var now: Timestamp {
        Timestamp(secondsSinceEpoch: Int64(time(nil)))
    }
}
