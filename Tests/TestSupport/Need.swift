import Glibc
package import Testing

extension Trait where Self == ConditionTrait {
    /// Runs the test only if `isThere`, which `make setup-tests` sees to.
    ///
    /// With `REQUIRE_ALL=1`, as in CI, the test fails without it, so that no test is left out
    /// unseen. What only root or the kernel can give is a plain condition.
    package static func needs(
        _ what: String,
        if isThere: @autoclosure @escaping @Sendable () -> Bool
    ) -> Self {
        .enabled("needs \(what): make setup-tests") {
            if isThere() { return true }
            guard unsafe getenv("REQUIRE_ALL").map({ unsafe String(cString: $0) }) == "1" else {
                return false
            }
            throw Lack(what: what)
        }
    }
}

/// What a test needs is not there, and REQUIRE_ALL demands it.
private struct Lack: Error, CustomStringConvertible {
    let what: String

    var description: String { "REQUIRE_ALL: \(what) is not installed: make setup-tests" }
}
