import HTTPTransport
import ObjectStorage
import URLs

/// Sends requests until there is a conclusive answer.
extension S3Store {
    /// Identifies the write that a blob comes from.
    static let writeHeader = "x-amz-meta-write"
    /// The header of a request without a body: S3's value for the SHA-256 of nothing.
    static let withoutPayload = [
        HTTPHeader(
            "x-amz-content-sha256",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        )
    ]
    /// The maximum size of a blob that is read.
    private static let blobLimit = 1 << 31
    private static let redirectLimit = 3

    /// Whether the tag can be from an S3 server: these are quoted, those of a folder are not.
    func isOurs(_ tag: EntityTag) -> Bool {
        tag.text.hasPrefix("\"") || tag.text.hasPrefix("W/")
    }

    private func outcome(on request: HTTPRequest, _ attempts: Attempts) -> ResponseOutcome {
        var request = request
        do throws(HTTPTransportError) {
            for _ in 0...Self.redirectLimit {
                let response = try client.send(
                    request,
                    patience: attempts.patience,
                    maximumByteCount: Self.blobLimit
                )
                // Requests for a new bucket are redirected to its region until DNS is updated:
                // https://docs.aws.amazon.com/AmazonS3/latest/userguide/Redirects.html
                guard response.status == 307, let target = response.redirectTarget else {
                    return ResponseOutcome(
                        response,
                        to: request,
                        attempts.operation,
                        location.bucket
                    )
                }
                guard location.mayBeRedirected(to: target) else {
                    return .failed(
                        .unexpectedAnswer(
                            operation: attempts.operation,
                            reason: "a redirect to \(target), which is not the bucket's server"
                        )
                    )
                }
                request.url = PrivateURL(target)
            }
            return .failed(
                .unexpectedAnswer(
                    operation: attempts.operation,
                    reason: "more than \(Self.redirectLimit) redirects"
                )
            )
        } catch {
            return ResponseOutcome(error, operation: attempts.operation)
        }
    }

    /// Removes the checksum from a request that the server rejects because of it; throws if it has
    /// none.
    private func leaveOutChecksums(
        of request: inout HTTPRequest,
        _ operation: String,
        _ reason: String
    ) throws(StorageError) {
        let isFirst = quirks.giveUpChecksums()
        let count = request.headers.count
        request.headers.removeAll { $0.name.hasPrefix(PayloadChecksum.prefix) }
        guard isFirst || request.headers.count < count else {
            throw .unexpectedAnswer(operation: operation, reason: reason)
        }
    }

    /// The first conclusive answer to `request`; only for requests that can be repeated.
    ///
    /// `damage` returns what is wrong with an answer, which is then requested again.
    func send(
        _ request: HTTPRequest,
        _ operation: String,
        damage: (HTTPResponse) -> StorageError? = { _ in nil }
    ) throws(StorageError) -> HTTPResponse {
        var attempts = Attempts(at: operation, limits: limits)
        return try send(request, &attempts, damage: damage)
    }

    func send(
        _ request: HTTPRequest,
        _ attempts: inout Attempts,
        damage: (HTTPResponse) -> StorageError? = { _ in nil }
    ) throws(StorageError) -> HTTPResponse {
        var request = request
        while true {
            let response = try answer(to: &request, &attempts)
            guard let error = damage(response) else { return response }
            do throws(StorageError) {
                try attempts.pause(after: "\(error)", retryAfter: nil)
            } catch {
                throw damage(response) ?? error
            }
        }
    }

    /// The conclusive answer to `request`, after as many attempts as needed; without checksums once
    /// the server rejects them.
    func answer(
        to request: inout HTTPRequest,
        _ attempts: inout Attempts
    ) throws(StorageError) -> HTTPResponse {
        while true {
            switch outcome(on: request, attempts) {
            case .answered(let response): return response
            case .failed(let error): throw error
            case .retry(let reason, let after):
                try attempts.pause(after: reason, retryAfter: after)
            case .refusesChecksums(let reason):
                try leaveOutChecksums(of: &request, attempts.operation, reason)
            }
        }
    }

    /// Reads a blob: a response with status 200, 206, 304, 412 or 416, or nil if there is none.
    func read(
        _ key: BlobKey,
        _ headers: [HTTPHeader]
    ) throws(StorageError) -> HTTPResponse? {
        let checksums =
            quirks.sendsChecksums ? [HTTPHeader(PayloadChecksum.modeHeaderName, "ENABLED")] : []
        let response = try send(
            HTTPRequest(
                .get,
                location.url(of: key),
                headers: Self.withoutPayload + checksums + headers
            ),
            "read \(key)"
        ) { response in
            guard response.status == 200 || response.status == 206 else { return nil }
            // A body that ends only with the connection looks complete even if it was truncated.
            guard response.hasVerifiedLength else {
                return .unexpectedAnswer(
                    operation: "read \(key)",
                    reason: "\(response.body.count) bytes without their length"
                )
            }
            guard response.status == 200, let sent = response[PayloadChecksum.headerName],
                let expected = PayloadChecksum(text: sent)
            else { return nil }
            let actual = PayloadChecksum(of: response.body)
            return actual == expected
                ? nil
                : .damaged(
                    key: key.text,
                    expectedChecksum: expected.text,
                    actualChecksum: actual.text
                )
        }
        switch response.status {
        case 404: return nil
        case 200, 206, 304, 412, 416: return response
        default: throw unexpected(response, "read \(key)")
        }
    }

    /// The tag of the blob if this write wrote it.
    func tag(
        of key: BlobKey,
        writtenBy write: String
    ) throws(StorageError) -> EntityTag? {
        let request = HTTPRequest(.head, location.url(of: key), headers: Self.withoutPayload)
        let response = try send(request, "look at \(key)")
        guard response.status == 200, response[Self.writeHeader] == write else { return nil }
        return try tag(of: response, key)
    }

    func tag(of response: HTTPResponse, _ key: BlobKey) throws(StorageError) -> EntityTag {
        guard let tag = response["ETag"], !tag.isEmpty else {
            throw .unexpectedAnswer(operation: "access \(key)", reason: "no entity tag (ETag)")
        }
        return EntityTag(quirks.standard(tag))
    }

    func unexpected(_ response: HTTPResponse, _ operation: String) -> StorageError {
        .unexpectedAnswer(
            operation: operation,
            reason: "status \(response.status), \(response.body.count) bytes of "
                + (response["Content-Type"] ?? "no type")
        )
    }
}

extension HTTPResponse {
    /// Whether the server marked the end of the body, rather than closing the connection: by
    /// `Content-Length`, or by the last chunk, which libcurl requires.
    fileprivate var hasVerifiedLength: Bool {
        if let length = self["Content-Length"] { return Int(length) == body.count }
        return self["Transfer-Encoding"]?.lowercased().hasSuffix("chunked") ?? false
    }
}
