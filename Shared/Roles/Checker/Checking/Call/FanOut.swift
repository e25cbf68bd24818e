package import FunctionRuntime
import HTTPTransport
package import JSON
package import Mirrors

/// Hands a check out to other runs of this function, as queued calls through OpenFaaS's gateway, so that
/// the work grows with the cluster.
///
/// A queued call names its access points, which keeps it from handing out in turn, and the time by
/// which it has to end, which is the end of the round: however late a queue delivers, no more calls are
/// at work than one round made. Whoever asks an access point holds its lease, so a call that a queue
/// delivers twice asks nothing twice.
package struct FanOut: Equatable, Sendable {
    /// `http://gateway.openfaas:8080`, without a slash at the end.
    package let gatewayURL: String
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
    typealias Sender = (_ url: String, _ body: [UInt8]) throws(FunctionError) -> String?

    /// Nil without `GATEWAY_URL`, or with a `CHECK_FAN_OUT` of 1.
    package init?(_ environment: Environment) throws(FunctionError) {
        callLimit = try environment.integer("CHECK_FAN_OUT", in: 1...1000) ?? 8
        guard let url = environment["GATEWAY_URL"] else { return nil }
        guard url.hasPrefix("http://") || url.hasPrefix("https://"),
            url.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw .badRequest(
                "GATEWAY_URL: expected the URL of OpenFaaS's gateway, such as "
                    + "http://gateway.openfaas:8080, found \"\(url)\""
            )
        }
        guard callLimit > 1 else { return nil }
        gatewayURL = url.hasSuffix("/") ? String(url.dropLast()) : url
        function = environment["OPENFAAS_NAME"] ?? "checker"
    }

    /// Queues calls for `accessPoints`, and returns those that the gateway took.
    ///
    /// What no call took is for the caller to do. A single host is not worth a call. All of them are to
    /// end by `end`, in seconds since 1970.
    package func send(_ accessPoints: [AccessPoint], endBy end: Int64) -> [Call] {
        let client = HTTPClient()
        return send(accessPoints, endBy: end) { url, body throws(FunctionError) in
            do {
                let response = try client.send(
                    HTTPRequest(
                        .post,
                        url,
                        headers: [HTTPHeader("Content-Type", "application/json")],
                        body: body
                    ),
                    patience: Patience(connectSeconds: 5, stallSeconds: 10, totalSeconds: 20),
                    maximumByteCount: 65_536
                )
                guard response.status == 202 else {
                    throw FunctionError.failed("status \(response.status), expected 202")
                }
                return response["X-Call-Id"]
            } catch let error as FunctionError {
                throw error
            } catch {
                throw .failed("\(error)")
            }
        }
    }

    func send(_ accessPoints: [AccessPoint], endBy end: Int64, by sender: Sender) -> [Call] {
        var generator = SystemRandomNumberGenerator()
        let plan = FanOutPlan(accessPoints, callCount: callLimit, using: &generator)
        guard plan.calls.count > 1 else { return [] }
        var calls: [Call] = []
        for ids in plan.calls {
            let body = Self.body(ids, endBy: end)
            guard body.count <= Self.bodyLimit else {
                Log.warning(
                    "too many access points for one call: raise CHECK_FAN_OUT",
                    ["accessPoints": ids.count, "bytes": body.count]
                )
                continue
            }
            do throws(FunctionError) {
                let id = try sender("\(gatewayURL)/async-function/\(function)", body)
                calls.append(Call(accessPoints: ids, id: id))
            } catch {
                Log.warning(
                    "the gateway takes no calls: the rest is checked here",
                    ["gateway": gatewayURL, "reason": "\(error)"]
                )
                return calls
            }
        }
        return calls
    }

    /// The request of a queued call.
    static func body(_ ids: [AccessPoint.ID], endBy end: Int64) -> [UInt8] {
        let request: JSONValue = [
            "mode": "check", "accessPoints": .array(ids.map { .string($0) }),
            "endBy": .integer(end),
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
