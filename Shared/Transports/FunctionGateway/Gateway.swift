package import FunctionRuntime
import HTTPTransport
package import URLs

/// OpenFaaS's gateway, asked to call functions from its queue.
package struct Gateway: Equatable, Sendable {
    /// `http://gateway.openfaas:8080`, without a slash at the end.
    package let url: PrivateURL

    /// The gateway of `GATEWAY_URL`; nil where that is not set.
    ///
    /// Throws where it is no URL that ``functionURL(_:)`` can go on from.
    package init?(_ environment: Environment) throws(FunctionError) {
        guard let url = environment[.gatewayURL] else { return nil }
        guard let parts = URLParts(url), parts.hasScheme("http") || parts.hasScheme("https"),
            !parts.host.isEmpty, parts.query == nil, parts.fragment == nil,
            url.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw .badRequest(
                "GATEWAY_URL: expected the URL of OpenFaaS's gateway, such as "
                    + "http://gateway.openfaas:8080, found \"\(PrivateURL(url))\""
            )
        }
        self.url = PrivateURL(url.hasSuffix("/") ? String(url.dropLast()) : url)
    }

    /// The name of a function in `variable` of the environment, or `usual` where that is not set.
    ///
    /// Throws where it cannot be one: Kubernetes' names (RFC 1123), with the namespace behind a
    /// dot.
    package static func functionName(
        _ variable: String,
        _ environment: Environment,
        orElse usual: String
    ) throws(FunctionError) -> String {
        guard let name = environment[variable] else { return usual }
        guard name.utf8.allSatisfy({ nameBytes.contains($0) }) else {
            throw .badRequest(
                "\(variable): expected a function's name of a-z, 0-9, - and ., found \"\(name)\""
            )
        }
        return name
    }

    private static let nameBytes = Set("abcdefghijklmnopqrstuvwxyz0123456789-.".utf8)

    /// Where a call of `function` is queued.
    package func functionURL(_ function: String) -> PrivateURL {
        PrivateURL("\(url.exposed)/async-function/\(function)")
    }

    /// Queues a call of `function` with `body`, which is JSON; the id by which the gateway's logs
    /// name it, where it gave one.
    ///
    /// Takes 20 seconds at most. Throws ``FunctionError/failed(_:)`` where the gateway did not take
    /// it.
    package func queueCall(
        of function: String,
        body: [UInt8]
    ) throws(FunctionError) -> String? {
        let response: HTTPResponse
        do throws(HTTPTransportError) {
            response = try HTTPClient().send(
                HTTPRequest(
                    .post,
                    functionURL(function),
                    headers: [HTTPHeader("Content-Type", "application/json")],
                    body: body
                ),
                patience: Patience(connectSeconds: 5, stallSeconds: 10, totalSeconds: 20),
                maximumByteCount: 65_536
            )
        } catch {
            throw .failed("\(error)")
        }
        guard response.status == 202 else {
            throw .failed("status \(response.status), expected 202")
        }
        return response["X-Call-Id"]
    }

    /// Calls `function` with `body`, waits for at most `seconds`, and returns what it answered.
    ///
    /// Throws ``FunctionError/failed(_:)`` where the answer is another than 200, with its first
    /// bytes: the result line of a function that failed says why.
    package func call(
        _ function: String,
        body: [UInt8],
        seconds: Int
    ) throws(FunctionError) -> [UInt8] {
        let response: HTTPResponse
        do throws(HTTPTransportError) {
            response = try HTTPClient().send(
                HTTPRequest(
                    .post,
                    PrivateURL("\(url.exposed)/function/\(function)"),
                    headers: [HTTPHeader("Content-Type", "application/json")],
                    body: body
                ),
                patience: Patience(
                    connectSeconds: 5,
                    stallSeconds: Double(seconds),
                    totalSeconds: Double(seconds)
                ),
                maximumByteCount: 16 << 20
            )
        } catch {
            throw .failed("\(error)")
        }
        guard response.status == 200 else {
            let text = String(decoding: response.body.prefix(400), as: UTF8.self)
            throw .failed("status \(response.status), expected 200: \(text)")
        }
        return response.body
    }
}
