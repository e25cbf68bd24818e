package import FunctionRuntime
package import ObjectStorage

extension S3Store {
    /// The store in `bucket`, with keys that begin with `prefix`, at the server that the
    /// environment names.
    ///
    /// - `S3_ENDPOINT`, such as `http://localhost:8333`; AWS without it
    /// - `S3_REGION`, else `AWS_REGION`, else the default of `S3_REGION`
    /// - `S3_ADDRESSING`: `path` or `virtual`; by default virtual for AWS and path for other
    ///   servers
    /// - `SECRETS_DIR`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`: the
    ///   credentials for `access`; anonymous without them
    /// - `S3_CHECKSUMS`: `auto`, or `off` to send no CRC-32 with blobs
    /// - `CA_FILE`: certificates to trust instead of the system's, in PEM
    /// - `STORAGE_TIMEOUT_SECONDS`: how long one operation may take with all its attempts
    ///
    /// Throws ``StorageError/misconfigured(_:)`` that names the variable.
    package init(
        bucket: String,
        prefix: String,
        _ environment: Environment,
        for access: StoreAccess = .readingAndWriting
    ) throws(StorageError) {
        let regionSetting = TextSetting.s3Region
        let region =
            environment[regionSetting.setting] ?? environment[.awsRegion] ?? regionSetting.standard
        guard region.utf8.allSatisfy({ $0 != 0x3A && (0x21...0x7E).contains($0) }) else {
            throw .misconfigured("S3_REGION: expected a name such as eu-central-1")
        }
        self.init(
            location: try S3Location(
                bucket: bucket,
                prefix: prefix,
                region: region,
                endpoint: environment[.s3Endpoint],
                addressing: try Self.addressing(environment)
            ),
            credentials: try S3Credentials(from: environment, for: access),
            authoritiesFile: environment[.authoritiesFile],
            checksums: try Self.checksums(environment),
            limits: try Self.limits(environment)
        )
    }

    private static func addressing(
        _ environment: Environment
    ) throws(StorageError) -> S3Location.Addressing? {
        guard let text = environment[.s3Addressing] else { return nil }
        guard let addressing = S3Location.Addressing(rawValue: text) else {
            throw .misconfigured("S3_ADDRESSING: expected path or virtual, found \"\(text)\"")
        }
        return addressing
    }

    private static func checksums(
        _ environment: Environment
    ) throws(StorageError) -> ServerQuirks.Checksums {
        let text = environment[.s3Checksums]
        guard let checksums = ServerQuirks.Checksums(rawValue: text) else {
            throw .misconfigured("S3_CHECKSUMS: expected auto or off, found \"\(text)\"")
        }
        return checksums
    }

    private static func limits(_ environment: Environment) throws(StorageError) -> Attempts.Limits {
        var limits = Attempts.Limits()
        do throws(FunctionError) {
            limits.totalSeconds = Double(try environment.number(.storageTimeout))
        } catch {
            throw .misconfigured("\(error)")
        }
        return limits
    }
}
