/// At the edge, a redirect loop is recognised only by a request for the fallback's own URL, which
/// is refused.
///
/// This stands in for the server's watch in the module Redirection and cannot be created.
package final class FallbackWatch: Sendable {
    private init() {}

    func noteOwnURL() {}
    func noteRedirect(of key: UInt64, now: Int64) {}
}
