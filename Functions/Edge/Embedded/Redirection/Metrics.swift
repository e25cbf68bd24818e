/// At the edge nothing is counted: an instance sees a fraction of the requests, and nothing can
/// scrape it.
///
/// The CDN counts requests and errors. This stands in for the server's counters in the module
/// Redirection.
package final class Metrics: Sendable {
    package init() {}

    package func counters(for table: borrowing AccessPointTable) -> [Counter] { [] }
    package func count(_ redirection: borrowing Redirection) {}
    package func countRefusal() {}

    /// The text of `/metrics`.
    package func text(snapshot: Snapshot?, now: Int64) -> [UInt8] {
        Array("# Nothing is counted at the edge: ask the CDN.\n".utf8)
    }
}
