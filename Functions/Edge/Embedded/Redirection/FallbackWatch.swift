/// At the edge a circle is seen by its first sign alone, a request for the fallback's own URL,
/// which is refused.
///
/// This stands for the server's watch in the module Redirection, and cannot be made.
package final class FallbackWatch: Sendable {
    private init() {}

    func noteOwnURL() {}
    func noteRedirect(of key: UInt64, now: Int64) {}
}
