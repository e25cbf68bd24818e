import FunctionRuntime
import ObjectStorage

/// The keys that open a bucket.
///
/// They are never printed: the type describes itself without them.
struct S3Credentials: Equatable, Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    let accessKey: String
    let secretKey: String
    let sessionToken: String?

    var description: String { "S3 credentials" }
    var debugDescription: String { description }
    var customMirror: Swift.Mirror { Swift.Mirror(self, children: []) }

    /// The credentials, or nil for anonymous access, which public maps need no more than.
    ///
    /// Looked for in this order: the files `s3-access-key` and `s3-secret-key` in `SECRETS_DIR`, by
    /// default where OpenFaaS mounts secrets; the variables `AWS_ACCESS_KEY_ID`,
    /// `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`. Throws
    /// ``StorageError/misconfigured(_:)`` for half a pair.
    init?(from environment: Environment) throws(StorageError) {
        let folder = Secret.folder(environment)
        let (accessFile, secretFile) = ("\(folder)/s3-access-key", "\(folder)/s3-secret-key")
        let files: (access: String?, secret: String?)
        do throws(Secret.Unreadable) {
            files = (
                try Secret("s3-access-key", environment)?.text,
                try Secret("s3-secret-key", environment)?.text
            )
        } catch {
            throw .misconfigured("\(error)")
        }
        let variables = (environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
        switch (files, variables) {
        case ((let access?, let secret?), _):
            self.init(accessKey: access, secretKey: secret, sessionToken: nil)
        case ((.some, nil), _):
            throw .misconfigured("the secret \(accessFile) is there, but \(secretFile) is not")
        case ((nil, .some), _):
            throw .misconfigured("the secret \(secretFile) is there, but \(accessFile) is not")
        case (_, (let access?, let secret?)):
            self.init(
                accessKey: access,
                secretKey: secret,
                sessionToken: environment["AWS_SESSION_TOKEN"]
            )
        case (_, (.some, nil)):
            throw .misconfigured("AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not")
        case (_, (nil, .some)):
            throw .misconfigured("AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not")
        case (_, (nil, nil)):
            return nil
        }
        // They go into header fields.
        for value in [accessKey, secretKey, sessionToken ?? "-"] {
            guard !value.isEmpty, value.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                throw .misconfigured("an S3 key is empty or holds blanks or control characters")
            }
        }
    }

    private init(accessKey: String, secretKey: String, sessionToken: String?) {
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.sessionToken = sessionToken
    }
}
