import Foundation

/// Asks `condition` until it is true or `seconds` have passed, and returns whether it was true.
///
/// For effects that occur by themselves, within a known time.
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
