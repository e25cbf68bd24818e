import CCurl

/// libcurl's error code for one transfer: its `CURLcode`.
package struct CurlError: Error, RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// Nil for `CURLE_OK`.
    init?(_ code: CURLcode) {
        guard code != CURLE_OK else { return nil }
        rawValue = code.rawValue
    }

    package var description: String {
        let text = unsafe String(cString: curl_easy_strerror(CURLcode(rawValue: rawValue)))
        return "\(text) (curl \(rawValue))"
    }
}

extension CurlError {
    package static let unsupportedProtocol = CurlError(
        rawValue: CURLE_UNSUPPORTED_PROTOCOL.rawValue
    )
    package static let badURL = CurlError(rawValue: CURLE_URL_MALFORMAT.rawValue)
    package static let connectionFailed = CurlError(rawValue: CURLE_COULDNT_CONNECT.rawValue)
    package static let timedOut = CurlError(rawValue: CURLE_OPERATION_TIMEDOUT.rawValue)
    /// The answer is not HTTP.
    package static let notHTTP = CurlError(rawValue: CURLE_WEIRD_SERVER_REPLY.rawValue)
    package static let badAuthoritiesFile = CurlError(rawValue: CURLE_SSL_CACERT_BADFILE.rawValue)
    package static let certificateRefused =
        CurlError(rawValue: CURLE_PEER_FAILED_VERIFICATION.rawValue)

    /// Whether the server was reached, so that another connection may succeed.
    var isOfConnection: Bool {
        [
            CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_HTTP2,
            CURLE_HTTP2_STREAM, CURLE_WEIRD_SERVER_REPLY,
        ].contains { $0.rawValue == rawValue }
    }
}
