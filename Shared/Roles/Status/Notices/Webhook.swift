package import FunctionRuntime
import HTTPTransport
package import JSON
import ObjectStorage
import URLs

/// The destination of notices: a URL that accepts JSON by POST.
///
/// Its path is usually a secret, so only its host is ever printed.
package struct Webhook: Sendable {
    private let url: PrivateURL
    private let host: String
    private let client: HTTPClient

    /// A message that was not accepted.
    package struct Failure: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    /// The secret `status-webhook`, or `STATUS_WEBHOOK`; nil if neither is set.
    package init?(_ environment: Environment) throws(FunctionError) {
        let secret: Secret?
        do throws(Secret.Unreadable) {
            secret = try Secret("status-webhook", environment)
        } catch {
            throw .badRequest("\(error)")
        }
        guard let url = secret?.text ?? environment[.statusWebhook] else { return nil }
        guard let parts = URLParts(url), parts.hasScheme("http") || parts.hasScheme("https"),
            !parts.host.isEmpty, url.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw .badRequest(
                "STATUS_WEBHOOK: expected a URL such as https://chat.example.org/hooks/…; the "
                    + "value is not shown, because it may contain a key"
            )
        }
        self.url = PrivateURL(url)
        host = String(parts.host)
        client = HTTPClient(authoritiesFile: environment[.authoritiesFile])
    }

    /// The number of attempts, and the timeout of each in seconds.
    private static let attempts = 3
    private static let patience = Patience(connectSeconds: 5, stallSeconds: 5, totalSeconds: 5)

    /// Sends a message; takes at most 20 seconds.
    ///
    /// Throws ``Failure`` unless the status is 200 to 299. A status that means that the message or
    /// the URL is wrong ends the attempts.
    package func send(_ message: JSONValue) throws(Failure) {
        var backoff = Backoff(totalSeconds: 20, baseSeconds: 0.5, capSeconds: 2)
        let request = HTTPRequest(
            .post,
            url,
            headers: [HTTPHeader("Content-Type", "application/json")],
            body: message.serialized()
        )
        while true {
            let reason: String
            var isFinal = false
            do throws(HTTPTransportError) {
                let answer = try client.send(
                    request,
                    patience: Self.patience,
                    maximumByteCount: 65_536
                )
                guard !(200..<300).contains(answer.status) else { return }
                reason = "it answered \(answer.status)"
                isFinal =
                    (400..<500).contains(answer.status) && ![408, 429].contains(answer.status)
            } catch {
                reason = Self.words(for: error)
            }
            guard !isFinal, backoff.attempt < Self.attempts, backoff.pause() else {
                throw Failure(description: "the webhook at \(host) refused the message: \(reason)")
            }
        }
    }

    /// The error without the URL.
    private static func words(for error: HTTPTransportError) -> String {
        switch error {
        case .failed(_, let error, let detail): detail.isEmpty ? "\(error)" : detail
        case .tooLarge: "its answer is too long"
        case .unusable(let reason): reason
        case .refusedURL(_, let reason): reason
        case .unexpectedStatus(_, let status): "it answered \(status)"
        case .tooManyRedirects: "it redirects"
        }
    }
}
