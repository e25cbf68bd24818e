import HTTPTransport
package import ObjectStorage
import URLs

/// Object storage in a bucket of an S3 server, through libcurl.
///
/// Reads, deletions and listings are tried again after failures that may pass. So are writes: an
/// unconditional one replaces the blob whole, and a conditional one whose outcome is unknown is read
/// back. Every write carries a random number in its metadata (`x-amz-meta-write`), by which its writer
/// knows it again, also where another one wrote the same bytes.
///
/// Blobs travel with their CRC-32 (`x-amz-checksum-crc32`), which the server checks on the way in and
/// this store on the way out, where the server keeps it: AWS, SeaweedFS and MinIO do. A server that
/// refuses the header gets none from then on; see ``ServerQuirks``. The payload itself is not signed
/// (`UNSIGNED-PAYLOAD`): TLS guards it.
package struct S3Store: BlobStore {
    let location: S3Location
    private let client: HTTPClient
    private let limits: Attempts.Limits
    private let quirks: ServerQuirks

    /// The longest blob that is read.
    private static let blobLimit = 1 << 31
    /// The most pages of one listing: 100 million blobs.
    private static let pageLimit = 100_000
    private static let redirectLimit = 3

    /// S3's name for the SHA-256 of nothing.
    private static let emptyPayload =
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    init(
        location: S3Location,
        credentials: S3Credentials?,
        authoritiesFile: String? = nil,
        checksums: ServerQuirks.Checksums = .auto,
        limits: Attempts.Limits = Attempts.Limits()
    ) {
        self.location = location
        self.limits = limits
        quirks = ServerQuirks(checksums)
        client = HTTPClient(
            authoritiesFile: authoritiesFile,
            signature: credentials.map {
                RequestSignature(
                    accessKey: $0.accessKey,
                    secretKey: $0.secretKey,
                    sessionToken: $0.sessionToken,
                    region: location.region,
                    service: "s3"
                )
            }
        )
    }

    package func get(_ key: BlobKey) throws(StorageError) -> Blob? {
        guard let response = try read(key, []) else { return nil }
        return Blob(bytes: response.body, tag: try tag(of: response, key))
    }

    package func get(
        _ key: BlobKey,
        ifChangedFrom tag: EntityTag
    ) throws(StorageError) -> ChangedBlob {
        let condition =
            isOurs(tag) ? [HTTPHeader("If-None-Match", quirks.native(tag.text))] : []
        guard let response = try read(key, condition) else { return .absent }
        if response.status == 304 { return .unchanged }
        return .changed(Blob(bytes: response.body, tag: try self.tag(of: response, key)))
    }

    package func get(
        _ key: BlobKey,
        bytes range: Range<Int>,
        of tag: EntityTag
    ) throws(StorageError) -> [UInt8] {
        guard isOurs(tag) else { throw .conditionFailed(key: key.text) }
        if range.isEmpty { return [] }
        let headers = [
            HTTPHeader("If-Match", quirks.native(tag.text)),
            HTTPHeader("Range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)"),
        ]
        guard let response = try read(key, headers), response.status != 412 else {
            throw .conditionFailed(key: key.text)
        }
        // 416: the range begins past the end.
        return response.status == 416 ? [] : response.body
    }

    @discardableResult
    package func put(
        _ key: BlobKey,
        _ bytes: [UInt8],
        if condition: WriteCondition
    ) throws(StorageError) -> EntityTag {
        let write = String(UInt64.random(in: .min ... .max), radix: 36)
        var headers = [
            HTTPHeader("Content-Type", "application/octet-stream"),
            HTTPHeader("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
            HTTPHeader(Self.writeHeader, write),
        ]
        if quirks.sendsChecksums {
            headers.append(
                HTTPHeader(PayloadChecksum.headerName, PayloadChecksum(of: bytes).text)
            )
        }
        switch condition {
        case .always: break
        case .absent: headers.append(HTTPHeader("If-None-Match", "*"))
        case .unchanged(let tag):
            guard isOurs(tag) else { throw .conditionFailed(key: key.text) }
            headers.append(HTTPHeader("If-Match", quirks.native(tag.text)))
        }
        var request = HTTPRequest(.put, location.url(of: key), headers: headers, body: bytes)
        var attempts = Attempts(at: "write \(key)", limits: limits)
        let response = try answer(to: &request, &attempts)
        switch response.status {
        case 200...201:
            return try tag(of: response, key)
        case 404, 412:
            // The first attempt may have been written although its answer was lost.
            if attempts.number > 1, let tag = try tag(of: key, writtenBy: write) { return tag }
            throw .conditionFailed(key: key.text)
        default:
            throw unexpected(response, attempts.operation)
        }
    }

    package func delete(_ key: BlobKey) throws(StorageError) {
        let request = HTTPRequest(.delete, location.url(of: key), headers: Self.withoutPayload)
        let response = try send(request, "delete \(key)")
        guard [200, 204, 404].contains(response.status) else {
            throw unexpected(response, "delete \(key)")
        }
    }

    package func entries(prefix: String) throws(StorageError) -> [BlobEntry] {
        let operation = "list \(prefix.isEmpty ? "everything" : prefix)"
        var entries: [BlobEntry] = []
        var continuation: String?
        var seen: Set<String> = []
        // One time limit for all pages, however often each is asked for.
        var attempts = Attempts(at: operation, limits: limits)
        repeat {
            let url = location.listingURL(prefix: prefix, continuation: continuation)
            let response = try send(
                HTTPRequest(.get, url, headers: Self.withoutPayload),
                &attempts
            )
            guard response.status == 200, let page = Listing(response.body) else {
                throw unexpected(response, operation)
            }
            for object in page.objects where object.key.hasPrefix(location.prefix) {
                // Keys that no blob can have are somebody else's.
                let name = String(object.key.dropFirst(location.prefix.count))
                guard name.hasPrefix(prefix), let key = try? BlobKey(name) else { continue }
                entries.append(
                    BlobEntry(
                        key: key,
                        byteCount: object.byteCount,
                        modifiedAt: object.modifiedAt
                    )
                )
            }
            if let next = page.continuation {
                guard seen.insert(next).inserted, seen.count < Self.pageLimit else {
                    throw .unexpectedAnswer(
                        operation: operation,
                        reason: "its listing has no end: page \(seen.count + 1) leads to "
                            + "\(seen.count < Self.pageLimit ? "one before it" : "yet another")"
                    )
                }
            }
            continuation = page.continuation
        } while continuation != nil
        return entries.sorted { $0.key < $1.key }
    }

    package func honoursConditions() throws(StorageError) -> Bool {
        if let known = quirks.honoursConditions { return known }
        let random = String(UInt64.random(in: .min ... .max), radix: 36)
        let key = try BlobKey("leases/conditions-\(random)")
        let tag = try put(key, Array(random.utf8), if: .absent)
        let refusesPresent = try refuses(key, .absent)
        let refusesOther = try refuses(key, .unchanged(EntityTag("\"\(random)\"")))
        var honours = refusesPresent && refusesOther
        if honours {
            // A server that refuses everything would be no better.
            do throws(StorageError) {
                try put(key, [], if: .unchanged(tag))
            } catch .conditionFailed {
                honours = false
            }
        }
        try delete(key)
        quirks.honoursConditions = honours
        return honours
    }

    private func refuses(_ key: BlobKey, _ condition: WriteCondition) throws(StorageError) -> Bool {
        do throws(StorageError) {
            try put(key, [], if: condition)
            return false
        } catch {
            switch error {
            case .conditionFailed: return true
            default: throw error
            }
        }
    }
}

extension S3Store {
    private static let writeHeader = "x-amz-meta-write"
    private static let withoutPayload = [HTTPHeader("x-amz-content-sha256", emptyPayload)]

    /// Whether an S3 server can have made the tag: they are quoted, a folder's are not.
    private func isOurs(_ tag: EntityTag) -> Bool {
        tag.text.hasPrefix("\"") || tag.text.hasPrefix("W/")
    }

    private func verdict(on request: HTTPRequest, _ attempts: Attempts) -> Verdict {
        var request = request
        do throws(HTTPTransportError) {
            for _ in 0...Self.redirectLimit {
                let response = try client.send(
                    request,
                    patience: attempts.patience,
                    maximumByteCount: Self.blobLimit
                )
                // A bucket that was just made is redirected to its region until names are known:
                // https://docs.aws.amazon.com/AmazonS3/latest/userguide/Redirects.html
                guard response.status == 307, let target = response.redirectTarget else {
                    return Verdict(response, to: request, attempts.operation, location.bucket)
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
            return Verdict(error, operation: attempts.operation)
        }
    }

    /// Takes the checksum off a request whose server refuses it; throws where it has none.
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

    /// The first answer to `request` that means something; for requests that can be repeated.
    ///
    /// `damage` names what is wrong with an answer, which is then asked for again.
    private func send(
        _ request: HTTPRequest,
        _ operation: String,
        damage: (HTTPResponse) -> StorageError? = { _ in nil }
    ) throws(StorageError) -> HTTPResponse {
        var attempts = Attempts(at: operation, limits: limits)
        return try send(request, &attempts, damage: damage)
    }

    private func send(
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

    /// What the server says to `request`, after as many attempts as it takes; without checksums from when
    /// it refuses them.
    private func answer(
        to request: inout HTTPRequest,
        _ attempts: inout Attempts
    ) throws(StorageError) -> HTTPResponse {
        while true {
            switch verdict(on: request, attempts) {
            case .answered(let response): return response
            case .failed(let error): throw error
            case .retry(let reason, let after):
                try attempts.pause(after: reason, retryAfter: after)
            case .refusesChecksums(let reason):
                try leaveOutChecksums(of: &request, attempts.operation, reason)
            }
        }
    }

    /// Reads a blob: a response of status 200, 206, 304, 412 or 416, or nil when there is none.
    private func read(
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
            // A body that only the connection's end ends looks whole when it is cut.
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

    /// The tag of the blob if it is what this write wrote.
    private func tag(
        of key: BlobKey,
        writtenBy write: String
    ) throws(StorageError) -> EntityTag? {
        let request = HTTPRequest(.head, location.url(of: key), headers: Self.withoutPayload)
        let response = try send(request, "look at \(key)")
        guard response.status == 200, response[Self.writeHeader] == write else { return nil }
        return try tag(of: response, key)
    }

    private func tag(of response: HTTPResponse, _ key: BlobKey) throws(StorageError) -> EntityTag {
        guard let tag = response["ETag"], !tag.isEmpty else {
            throw .unexpectedAnswer(operation: "access \(key)", reason: "no entity tag (ETag)")
        }
        return EntityTag(quirks.standard(tag))
    }

    private func unexpected(_ response: HTTPResponse, _ operation: String) -> StorageError {
        .unexpectedAnswer(
            operation: operation,
            reason: "status \(response.status), \(response.body.count) bytes of "
                + (response["Content-Type"] ?? "no type")
        )
    }
}

extension HTTPResponse {
    /// Whether the body's end was marked by the server and not by the end of the connection: by
    /// `Content-Length`, or by the last chunk, which libcurl insists on.
    fileprivate var hasVerifiedLength: Bool {
        if let length = self["Content-Length"] { return Int(length) == body.count }
        return self["Transfer-Encoding"]?.lowercased().hasSuffix("chunked") ?? false
    }
}
