package import FunctionRuntime
import HTTPTransport
package import URLs

/// OpenFaaS's gateway, through which functions are called.
package struct Gateway: Equatable, Sendable {
    /// `http://gateway.openfaas:8080`, without a trailing slash.
    package let url: PrivateURL

    /// The gateway in `GATEWAY_URL`; nil if that is not set.
    ///
    /// Throws if it is not a URL that ``functionURL(_:)`` can extend.
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

    /// The function name in `variable`, or its default.
    ///
    /// Throws if it is not a valid name.
    package static func functionName(
        _ variable: TextSetting,
        _ environment: Environment
    ) throws(FunctionError) -> String {
        try functionName(variable.setting.name, environment, orElse: variable.standard)
    }

    /// The function name in the variable `variable`, or `usual` if that is not set.
    ///
    /// Throws if it is not a valid name: Kubernetes' rules (RFC 1123), with the namespace after a
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

    /// The URL for queueing calls of `function`.
    package func functionURL(_ function: String) -> PrivateURL {
        PrivateURL("\(url.exposed)/async-function/\(function)")
    }

    /// Queues a call of `function` with the JSON `body`; returns its id in the gateway's logs, if
    /// any.
    ///
    /// Takes at most 20 seconds. Throws ``FunctionError/failed(_:)`` if the gateway did not accept
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

    /// Calls `function` with `body`, waits for at most `seconds`, and returns the answer.
    ///
    /// Throws ``FunctionError/failed(_:)`` for any status but 200, with the first bytes of the
    /// body: the result of a failed function gives the reason.
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
