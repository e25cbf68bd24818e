import HTTPTransport
package import ObjectStorage

/// Object storage in a bucket of an S3 server, through libcurl.
///
/// Reads, deletions and listings are retried after temporary failures. So are writes: an
/// unconditional one replaces the whole blob, and a conditional one with an unknown outcome is read
/// back. Every write has a random number in its metadata (`x-amz-meta-write`), so that its writer
/// recognises it even if another one wrote the same bytes.
///
/// Blobs are sent with their CRC-32 (`x-amz-checksum-crc32`), which the server verifies when
/// storing and this store when reading, if the server keeps it: AWS, SeaweedFS and MinIO do. A
/// server that rejects the header gets none from then on; see ``ServerQuirks``. The payload itself
/// is not signed (`UNSIGNED-PAYLOAD`): TLS protects it.
package struct S3Store: BlobStore {
    let location: S3Location
    let client: HTTPClient
    let limits: Attempts.Limits
    let quirks: ServerQuirks

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
        // 416: the range begins after the end.
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
            // The first attempt may have been carried out although its answer was lost.
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

    package func honoursConditions() throws(StorageError) -> Bool {
        if let known = quirks.honoursConditions { return known }
        let random = String(UInt64.random(in: .min ... .max), radix: 36)
        let key = try BlobKey("leases/conditions-\(random)")
        let tag = try put(key, Array(random.utf8), if: .absent)
        let refusesPresent = try refuses(key, .absent)
        let refusesOther = try refuses(key, .unchanged(EntityTag("\"\(random)\"")))
        var honours = refusesPresent && refusesOther
        if honours {
            // A server that refuses every write would not be usable either.
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
