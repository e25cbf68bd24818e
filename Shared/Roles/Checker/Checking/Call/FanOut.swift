package import FunctionGateway
package import FunctionRuntime
package import JSON
package import Mirrors

/// Distributes a check to other runs of this function as queued calls through OpenFaaS's gateway,
/// so that throughput grows with the cluster.
///
/// A queued call names its access points, which stops it from distributing in turn, and its end,
/// which is the end of the round: however late a queue delivers, no more calls run at once than one
/// round made. A call that a queue delivers twice asks nothing twice, because asking needs the
/// lease.
package struct FanOut: Equatable, Sendable {
    package let gateway: Gateway
    /// The name under which the checker is deployed.
    package let function: String
    /// The maximum number of calls of one round, and so of concurrent calls.
    package let callLimit: Int

    /// The maximum body: NATS refuses a mebibyte, older gateways a quarter of that.
    static let bodyLimit = 250_000

    /// A queued call.
    package struct Call: Equatable, Sendable {
        package let accessPoints: [AccessPoint.ID]
        /// Its id in the gateway's logs.
        package let id: String?
    }

    /// Sends the body of a call and returns its id; throws the reason if the gateway refuses.
    typealias Sender = (_ body: [UInt8]) throws(FunctionError) -> String?

    /// Nil without `GATEWAY_URL`, or if `CHECK_FAN_OUT` is 1, the default: one process reaches the
    /// limit set by politeness, and a queue that runs one call at a time only adds delay.
    package init?(_ environment: Environment) throws(FunctionError) {
        callLimit = try environment.number(.checkFanOut)
        function = try Gateway.functionName(
            "OPENFAAS_NAME",
            environment,
            orElse: TextSetting.checkerFunction.standard
        )
        guard let gateway = try Gateway(environment) else { return nil }
        guard callLimit > 1 else { return nil }
        self.gateway = gateway
    }

    /// Queues calls for `accessPoints`, and returns those that the gateway accepted.
    ///
    /// The caller does the rest itself. A single host is not worth a call. All calls must end by
    /// `end`, in seconds since 1970.
    package func send(_ accessPoints: [AccessPoint], endBy end: Int64) -> [Call] {
        send(accessPoints, endBy: end) { [self] body throws(FunctionError) in
            try gateway.queueCall(of: function, body: body)
        }
    }

    func send(_ accessPoints: [AccessPoint], endBy end: Int64, by sender: Sender) -> [Call] {
        var generator = SystemRandomNumberGenerator()
        let plan = FanOutPlan(accessPoints, callCount: callLimit, using: &generator)
        guard plan.calls.count > 1 else { return [] }
        var calls: [Call] = []
        for ids in plan.calls {
            let body = Self.body(ids, slot: calls.count, endBy: end)
            guard body.count <= Self.bodyLimit else {
                Log.warning(
                    "call too large",
                    [
                        "accessPoints": ids.count, "bytes": body.count,
                        "hint": "raise CHECK_FAN_OUT",
                    ]
                )
                continue
            }
            do throws(FunctionError) {
                let id = try sender(body)
                calls.append(Call(accessPoints: ids, id: id))
            } catch {
                Log.warning(
                    "call refused by the gateway",
                    [
                        "gateway": gateway.url, "reason": "\(error)",
                        "hint": "this run checks the rest itself",
                    ]
                )
                return calls
            }
        }
        return calls
    }

    /// The request body of a queued call.
    static func body(_ ids: [AccessPoint.ID], slot: Int, endBy end: Int64) -> [UInt8] {
        let request: JSONValue = [
            "mode": "check", "accessPoints": .array(ids.map { .string($0) }),
            "slot": .integer(Int64(slot)), "endBy": .integer(end),
        ]
        return request.serialized()
    }
}

extension FanOut.Call {
    package var json: JSONValue {
        var object: JSONObject = ["accessPoints": .integer(Int64(accessPoints.count))]
        object["callId"] = id.map { .string($0) }
        return .object(object)
    }
}
