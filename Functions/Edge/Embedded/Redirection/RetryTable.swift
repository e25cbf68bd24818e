/// At the edge, clients are not remembered: the next request may reach another instance.
///
/// This stands in for the server's table in the module Redirection and cannot be created.
package final class RetryTable: Sendable {
    package struct Attempt: ~Copyable {
        package var passedOver: Int { 0 }
        package var given: MirrorMark? { nil }
    }

    private init() {}

    package func attempt(of key: UInt64, now: Int64) -> Attempt { Attempt() }
    package func attempt(of key: UInt64, inSet set: UInt64?, now: Int64) -> Attempt { Attempt() }
    package func note(_ attempt: consuming Attempt, mirror: MirrorMark) {}
    package func mirrorGiven(to key: UInt64, now: Int64) -> MirrorMark? { nil }
}
