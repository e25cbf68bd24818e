import CCurl
import Synchronization
import URLs

/// Sends HTTP requests, one at a time per thread, and keeps connections for later ones.
///
/// The calls block. TLS is verified. Redirects are not followed: ``HTTPResponse/redirectTarget``
/// has the target. A body shorter than announced is an error (`CURLE_PARTIAL_FILE`).
package final class HTTPClient: Sendable {
    /// A file of PEM certificates to trust instead of the system's authorities.
    private let authoritiesFile: String?
    private let signature: RequestSignature?
    /// Handles that no thread is using; each has open connections.
    private let idle = Mutex<[IdleHandle]>([])

    package init(authoritiesFile: String? = nil, signature: RequestSignature? = nil) {
        self.authoritiesFile = authoritiesFile
        self.signature = signature
    }

    /// The answer to `request`, whatever its status.
    ///
    /// Throws ``HTTPTransportError/tooLarge(url:limit:)`` if the body exceeds `maximumByteCount`
    /// bytes, and ``HTTPTransportError/failed(url:_:detail:)`` if no answer, or only part of one,
    /// arrives within `patience`.
    package func send(
        _ request: HTTPRequest,
        patience: Patience,
        maximumByteCount: Int
    ) throws(HTTPTransportError) -> HTTPResponse {
        let handle = try anyHandle()
        defer { idle.withLock { $0.append(IdleHandle(handle: handle)) } }
        handle.reset()
        handle.set(CURLOPT_URL, request.url.exposed)
        handle.set(CURLOPT_PROTOCOLS_STR, "http,https")
        handle.set(CURLOPT_USERAGENT, "Redirector")
        set(patience, on: handle)
        handle.trust(authoritiesFile)
        var headers = request.headers
        if let signature { headers += sign(handle, signature) }
        let list = HeaderList(headers)
        unsafe handle.set(CURLOPT_HTTPHEADER, list.first)

        let answer = AnswerBuffer(bodyLimit: maximumByteCount)
        answer.collect(from: handle)
        let watch = StallWatch(patience)
        watch.watch(handle)
        do throws(CurlError) {
            try withExtendedLifetime((list, answer, watch)) { () throws(CurlError) in
                try perform(request, on: handle)
            }
        } catch {
            if answer.isOverLimit { throw .tooLarge(url: request.url, limit: maximumByteCount) }
            guard !watch.hasStalled else {
                throw .failed(
                    url: request.url,
                    .timedOut,
                    detail: "nothing moved for \(patience.stallSeconds) seconds"
                )
            }
            throw .failed(url: request.url, error, detail: handle.failureDetail)
        }
        return HTTPResponse(
            status: handle.long(CURLINFO_RESPONSE_CODE),
            headers: answer.headers,
            body: answer.body,
            redirectTarget: handle.text(CURLINFO_REDIRECT_URL)
        )
    }

    private func anyHandle() throws(HTTPTransportError) -> EasyHandle {
        if let idle = idle.withLock({ $0.popLast() }) { return idle.handle }
        return try EasyHandle()
    }

    private func perform(_ request: HTTPRequest, on handle: EasyHandle) throws(CurlError) {
        switch request.method {
        case .get: break
        case .head: handle.set(CURLOPT_NOBODY, 1)
        case .delete: handle.set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        case .put, .post:
            handle.set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
            handle.set(CURLOPT_POSTFIELDSIZE, request.body.count)
            // A body in memory can be sent again on a new connection, unlike one from a read
            // callback.
            var failure: CurlError?
            unsafe request.body.withUnsafeBytes { body in
                let empty: StaticString = ""
                unsafe handle.set(
                    CURLOPT_POSTFIELDS,
                    body.baseAddress ?? UnsafeRawPointer(empty.utf8Start)
                )
                do throws(CurlError) { try handle.perform() } catch { failure = error }
            }
            if let failure { throw failure }
            return
        }
        try handle.perform()
    }

    private func set(_ patience: Patience, on handle: EasyHandle) {
        func milliseconds(_ seconds: Double) -> Int { Int(max(seconds, 0.001) * 1000) }
        handle.set(
            CURLOPT_CONNECTTIMEOUT_MS,
            milliseconds(min(patience.connectSeconds, patience.totalSeconds))
        )
        handle.set(CURLOPT_TIMEOUT_MS, milliseconds(patience.totalSeconds))
    }

    /// Returns the additional header fields that the signature needs.
    private func sign(_ handle: EasyHandle, _ signature: RequestSignature) -> [HTTPHeader] {
        handle.set(CURLOPT_AWS_SIGV4, "aws:amz:\(signature.region):\(signature.service)")
        handle.set(CURLOPT_USERNAME, signature.accessKey)
        handle.set(CURLOPT_PASSWORD, signature.secretKey)
        return signature.sessionToken.map { [HTTPHeader("x-amz-security-token", $0)] } ?? []
    }
}

/// A handle between two requests; the lock around the list makes handing it over safe.
private struct IdleHandle: @unchecked Sendable {
    let handle: EasyHandle
}
