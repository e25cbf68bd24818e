package import FunctionGateway
package import FunctionRuntime
package import JSON
package import Mirrors

/// Hands a check out to other runs of this function, as queued calls through OpenFaaS's gateway, so
/// that the work grows with the cluster.
///
/// A queued call names its access points, which keeps it from handing out in turn, and the time by
/// which it has to end, which is the end of the round: however late a queue delivers, no more calls
/// are at work than one round made. Whoever asks an access point holds its lease, so a call that a
/// queue delivers twice asks nothing twice.
package struct FanOut: Equatable, Sendable {
    package let gateway: Gateway
    /// The name that the checker is deployed by.
    package let function: String
    /// How many calls one round makes at most, and so how many are at work at once.
    package let callLimit: Int

    /// What a queue takes: NATS refuses a mebibyte, older gateways a quarter of it.
    static let bodyLimit = 250_000

    /// Calls that were handed out.
    package struct Call: Equatable, Sendable {
        package let accessPoints: [AccessPoint.ID]
        /// By which the gateway's logs name it.
        package let id: String?
    }

    /// What sends the body of a call, and gives its id; throws why the gateway did not take it.
    typealias Sender = (_ body: [UInt8]) throws(FunctionError) -> String?

    /// Nil without `GATEWAY_URL`, or with a `CHECK_FAN_OUT` of 1, which is the default: one process
    /// reaches the bound that politeness sets, and a queue that runs one call at a time only
    /// delays.
    package init?(_ environment: Environment) throws(FunctionError) {
        callLimit = try environment.integer(.checkFanOut) ?? 1
        function = try Gateway.functionName("OPENFAAS_NAME", environment, orElse: "checker")
        guard let gateway = try Gateway(environment) else { return nil }
        guard callLimit > 1 else { return nil }
        self.gateway = gateway
    }

    /// Queues calls for `accessPoints`, and returns those that the gateway took.
    ///
    /// What no call took is for the caller to do. A single host is not worth a call. All of them
    /// are to end by `end`, in seconds since 1970.
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

    /// The request of a queued call.
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
