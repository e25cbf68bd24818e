import Foundation

/// Asks `condition` until it holds or `seconds` are over, and tells whether it held.
///
/// For effects that come by themselves, after a time with a known upper bound.
package func eventually(
    within seconds: Double,
    every interval: Double = 0.05,
    _ condition: () throws -> Bool
) rethrows -> Bool {
    let deadline = Date(timeIntervalSinceNow: seconds)
    repeat {
        if try condition() { return true }
        Thread.sleep(forTimeInterval: interval)
    } while Date() < deadline
    return try condition()
}
