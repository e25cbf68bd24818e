import FunctionRuntime
import ObjectStorage

/// The keys for a bucket.
///
/// They are never printed: the description omits them.
struct S3Credentials: Equatable, Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    let accessKey: String
    let secretKey: String
    let sessionToken: String?

    var description: String { "S3 credentials" }
    var debugDescription: String { description }
    var customMirror: Swift.Mirror { Swift.Mirror(self, children: []) }

    /// The credentials for `access`, or nil for anonymous access, which suffices for public maps.
    ///
    /// Sources, in this order: the files in `SECRETS_DIR` (by default where OpenFaaS mounts
    /// secrets), for read access first `s3-read-access-key` and `s3-read-secret-key`, then
    /// `s3-access-key` and `s3-secret-key`; then the variables `AWS_ACCESS_KEY_ID`,
    /// `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`. Throws ``StorageError/misconfigured(_:)``
    /// if only half of a pair is set.
    init?(
        from environment: Environment,
        for access: StoreAccess = .readingAndWriting
    ) throws(StorageError) {
        if let pair = try Self.secrets(environment, for: access) {
            self.init(accessKey: pair.access, secretKey: pair.secret, sessionToken: nil)
        } else {
            switch (environment[.awsAccessKey], environment[.awsSecretKey]) {
            case (let access?, let secret?):
                self.init(
                    accessKey: access,
                    secretKey: secret,
                    sessionToken: environment[.awsSessionToken]
                )
            case (.some, nil):
                throw .misconfigured("AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not")
            case (nil, .some):
                throw .misconfigured("AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not")
            case (nil, nil):
                return nil
            }
        }
        // They are put into header fields.
        for value in [accessKey, secretKey, sessionToken ?? "-"] {
            guard !value.isEmpty, value.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                throw .misconfigured("an S3 key is empty or contains spaces or control characters")
            }
        }
    }

    /// The first complete pair of files; nil if there are none.
    private static func secrets(
        _ environment: Environment,
        for access: StoreAccess
    ) throws(StorageError) -> (access: String, secret: String)? {
        for kind in access == .reading ? ["s3-read-", "s3-"] : ["s3-"] {
            let (accessName, secretName) = ("\(kind)access-key", "\(kind)secret-key")
            let pair: (access: String?, secret: String?)
            do throws(Secret.Unreadable) {
                pair = (
                    try Secret(accessName, environment)?.text,
                    try Secret(secretName, environment)?.text
                )
            } catch {
                throw .misconfigured("\(error)")
            }
            switch pair {
            case (let access?, let secret?): return (access, secret)
            case (nil, nil): continue
            case (.some, nil): throw half(of: accessName, without: secretName, environment)
            case (nil, .some): throw half(of: secretName, without: accessName, environment)
            }
        }
        return nil
    }

    private static func half(
        of name: String,
        without other: String,
        _ environment: Environment
    ) -> StorageError {
        let folder = Secret.folder(environment)
        return .misconfigured(
            "the secret \(folder)/\(name) exists, but \(folder)/\(other) does not"
        )
    }

    private init(accessKey: String, secretKey: String, sessionToken: String?) {
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.sessionToken = sessionToken
    }
}
