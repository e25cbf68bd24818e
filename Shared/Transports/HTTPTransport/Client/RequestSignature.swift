/// Signs requests with AWS Signature Version 4; libcurl computes it (`CURLOPT_AWS_SIGV4`).
///
/// libcurl 7.88, the oldest supported version, signs these wrongly, so no request here has them:
/// query parameters that are not sorted or have no value (curl issues 9717 and 8107), paths and
/// query values with unescaped characters other than `A-Z a-z 0-9 - . _ ~` (issues 7559 and 11794),
/// and header fields that are empty or removed (`Expect:` is signed but not sent; measured). It
/// also does not send `x-amz-content-sha256`, which S3 requires: the caller does.
package struct RequestSignature: Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    let accessKey: String
    let secretKey: String
    let sessionToken: String?
    let region: String
    let service: String

    package init(
        accessKey: String,
        secretKey: String,
        sessionToken: String? = nil,
        region: String,
        service: String
    ) {
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.sessionToken = sessionToken
        self.region = region
        self.service = service
    }

    /// Omits the secrets, so that no log line can contain them.
    package var description: String { "signature for \(service) in \(region)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
