import FunctionRuntime
import HTTPTransport

/// Has the gateway run the Checker soon, so that a new file is checked within minutes and not at the
/// next turn of cron.
struct WakeUp: Sendable {
    private let url: String

    /// Nil where `GATEWAY_URL` is not set: cron alone calls the Checker then.
    ///
    /// Throws where `CHECKER_FUNCTION` cannot be the name of a function.
    init?(_ environment: Environment) throws(FunctionError) {
        guard let gateway = environment["GATEWAY_URL"] else { return nil }
        let base = gateway.hasSuffix("/") ? String(gateway.dropLast()) : gateway
        let name = environment["CHECKER_FUNCTION"] ?? "checker"
        // Kubernetes' names (RFC 1123), with the namespace behind a dot.
        guard name.utf8.allSatisfy({ Self.nameBytes.contains($0) }) else {
            throw .badRequest(
                "CHECKER_FUNCTION: expected a function's name of a-z, 0-9, - and ., found \"\(name)\""
            )
        }
        url = "\(base)/async-function/\(name)"
    }

    private static let nameBytes = Set("abcdefghijklmnopqrstuvwxyz0123456789-.".utf8)

    /// Queues a call of the Checker with what its environment says.
    ///
    /// A failure is logged only: the catalog is published, and cron comes round.
    func send() {
        do throws(HTTPTransportError) {
            let response = try HTTPClient().send(
                HTTPRequest(
                    .post,
                    url,
                    headers: [HTTPHeader("Content-Type", "application/json")],
                    body: Array("{}".utf8)
                ),
                patience: Patience(connectSeconds: 5, stallSeconds: 10, totalSeconds: 20),
                maximumByteCount: 65_536
            )
            guard response.status == 202 else {
                return Log.warning("checker not woken", ["url": url, "status": response.status])
            }
            Log.info("checker woken", ["call": response["X-Call-Id"]])
        } catch {
            Log.warning("checker not woken: \(error)")
        }
    }
}
