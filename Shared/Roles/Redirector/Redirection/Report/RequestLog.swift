import Bytes
import Mirrors
import Time
import URLs

/// Writes one JSON line for every request, or for every nth one.
///
///     {"time":"2026-11-22T15:47:00Z","client":"192.0.2.0/24","country":"DE",
///      "method":"GET","path":"/a","outcome":"mirror","accessPoint":"example-https"}
///
/// For fallbacks and refusals, `reason` replaces the access point. `"passedOver":["example-https"]`
/// names the access points that the client was given and came back from, or that its query avoids.
/// Paths are percent-encoded, so that no byte of a request appears unescaped. Queries are omitted.
package struct RequestLog: Sendable {
    /// What is logged about a client.
    package enum Clients: String, Sendable, CaseIterable {
        /// Its network: a /24 for IPv4, a /48 for IPv6.
        case network
        case full
        case none
    }

    private let interval: Int
    private let clients: Clients
    private var untilNext = 0
    private var lines: [UInt8] = []

    /// `interval` is the number of requests for each line, at least 1.
    package init(interval: Int, clients: Clients) {
        self.interval = max(interval, 1)
        self.clients = clients
    }

    package var isEmpty: Bool { lines.isEmpty }

    /// Returns and removes the lines since the last call.
    package mutating func take() -> [UInt8] {
        defer { lines = [] }
        return lines
    }

    /// The outcome of a request.
    package enum Outcome: Sendable {
        /// `passedOver` are access points for which the client wants a replacement.
        case mirror(accessPoint: [UInt8], passedOver: [[UInt8]] = [])
        case fallback(FallbackReason)
        case page
        case refused(RequestError)
    }

    /// Whether the next request gets a line; call it once for each request.
    package mutating func wantsNext() -> Bool {
        untilNext -= 1
        guard untilNext <= 0 else { return false }
        untilNext = interval
        return true
    }

    /// Adds the line of a request; `client` and `path` are nil if the request was malformed.
    package mutating func add(
        _ outcome: Outcome,
        method: RequestHead.Method,
        path: [UInt8]?,
        client: Client?,
        now: Int64
    ) {
        lines.append("{\"time\":\"")
        lines += "\(Timestamp(secondsSinceEpoch: now))".utf8
        lines.append("\"")
        if let address = client?.address, clients != .none {
            append("client", clients == .full ? "\(address)" : Self.network(of: address))
        }
        if let country = client?.country {
            lines.append(",\"country\":\"")
            lines += [country.first, country.second]
            lines.append("\"")
        }
        append("method", method == .get ? "GET" : method == .head ? "HEAD" : "other")
        if let path {
            lines.append(",\"path\":\"/")
            PercentEncoding.append(path: path, to: &lines)
            lines.append("\"")
        }
        switch outcome {
        case .mirror(let accessPoint, let passedOver):
            append("outcome", "mirror")
            lines.append(",\"accessPoint\":")
            append(id: accessPoint)
            for (index, id) in passedOver.enumerated() {
                lines.append(index == 0 ? ",\"passedOver\":[" : ",")
                append(id: id)
            }
            if !passedOver.isEmpty { lines.append("]") }
        case .fallback(let reason):
            append("outcome", "fallback")
            append("reason", reason.rawValue)
        case .page:
            append("outcome", "page")
        case .refused(let error):
            append("outcome", "refused")
            append("reason", "\(error)")
        }
        lines.append("}\n")
    }

    /// Adds an id from the map; a valid id is not changed by this.
    private mutating func append(id: [UInt8]) {
        lines.append("\"")
        PercentEncoding.append(path: id, to: &lines)
        lines.append("\"")
    }

    /// Adds a field whose value is a text of this program.
    private mutating func append(_ name: StaticString, _ value: String) {
        lines.append(",\"")
        lines.append(name)
        lines.append("\":\"")
        for byte in value.utf8 {
            // The reasons for refusals quote characters of paths.
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                lines.append(UInt8(ascii: "\\"))
            }
            lines.append(byte)
        }
        lines.append("\"")
    }

    private static func network(of address: IPAddress) -> String {
        "\(address.clientNetwork)/\(address.isIPv4 ? 24 : 48)"
    }
}
