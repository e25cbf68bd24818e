import FunctionGateway
import FunctionRuntime

/// Has the gateway run the Checker soon, so that a new file is checked within minutes and not at
/// the next turn of cron.
struct WakeUp: Sendable {
    private let gateway: Gateway
    private let function: String

    /// Nil where `GATEWAY_URL` is not set: cron alone calls the Checker then.
    ///
    /// Throws where that is no gateway's URL, or `CHECKER_FUNCTION` cannot be the name of a
    /// function.
    init?(_ environment: Environment) throws(FunctionError) {
        let function = try Gateway.functionName(
            Setting.checkerFunction.name,
            environment,
            orElse: "checker"
        )
        guard let gateway = try Gateway(environment) else { return nil }
        self.gateway = gateway
        self.function = function
    }

    /// Queues a call of the Checker with what its environment says.
    ///
    /// A failure is logged only: the catalog is published, and cron comes round.
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
