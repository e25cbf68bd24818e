import FunctionGateway
import FunctionRuntime

/// Has the gateway run the checker soon, so that a new file is checked within minutes instead of at
/// the next scheduled run.
struct WakeUp: Sendable {
    private let gateway: Gateway
    private let function: String

    /// Nil if `GATEWAY_URL` is not set: then only the schedule runs the checker.
    ///
    /// Throws if `GATEWAY_URL` is not a gateway's URL, or `CHECKER_FUNCTION` cannot be a function's
    /// name.
    init?(_ environment: Environment) throws(FunctionError) {
        let function = try Gateway.functionName(.checkerFunction, environment)
        guard let gateway = try Gateway(environment) else { return nil }
        self.gateway = gateway
        self.function = function
    }

    /// Queues a call of the checker.
    ///
    /// A failure is only logged: the catalog is published, and the next scheduled run will come.
    func send() {
        do throws(FunctionError) {
            let id = try gateway.queueCall(
                of: function,
                body: Array(#"{"unlessRunning":true}"#.utf8)
            )
            Log.info("checker woken", ["call": id])
        } catch {
            Log.warning(
                "checker not woken",
                ["url": gateway.functionURL(function), "reason": error]
            )
        }
    }
}
