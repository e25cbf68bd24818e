package import URLs

/// Why a URL could not be fetched.
package enum HTTPTransportError: Error, Equatable, CustomStringConvertible {
    /// The URL, or the target of a redirect, is neither http nor https, or downgrades from https.
    case refusedURL(PrivateURL, reason: String)
    /// The server answered with a status other than 200.
    case unexpectedStatus(url: PrivateURL, status: Int)
    /// The body is longer than the caller accepts.
    case tooLarge(url: PrivateURL, limit: Int)
    /// There are more redirects than are followed.
    case tooManyRedirects(url: PrivateURL, limit: Int)
    /// There was no answer, or a malformed one.
    case failed(url: PrivateURL, CurlError, detail: String)
    /// libcurl could not be set up.
    case unusable(reason: String)

    package var description: String {
        switch self {
        case .refusedURL(let url, let reason):
            "\(url) was not fetched: \(reason)"
        case .unexpectedStatus(let url, let status):
            "\(url) answered with status \(status), expected 200"
        case .tooLarge(let url, let limit):
            "\(url) is longer than the \(limit) bytes that are accepted"
        case .tooManyRedirects(let url, let limit):
            "\(url) redirects more than \(limit) times"
        case .failed(let url, let error, let detail):
            "\(url) cannot be fetched: \(detail.isEmpty ? "\(error)" : detail)"
        case .unusable(let reason):
            "libcurl cannot be used: \(reason)"
        }
    }
}
