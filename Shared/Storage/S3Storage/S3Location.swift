import Bytes
import ObjectStorage
import URLs

/// The location of a bucket, and the URLs in it.
struct S3Location: Sendable {
    let bucket: String
    /// The prefix of all keys: empty, or with a trailing slash.
    let prefix: String
    let region: String
    /// The URL of the bucket, without a trailing slash.
    let bucketURL: String

    /// How URLs name the bucket.
    enum Addressing: String {
        /// `https://host/bucket/key`: supported by self-hosted S3 servers.
        case path
        /// `https://bucket.host/key`: required by AWS.
        case virtualHost = "virtual"
    }

    /// `endpoint` is nil for AWS.
    ///
    /// Throws ``StorageError/misconfigured(_:)`` unless the endpoint has the form
    /// `http(s)://host[:port]`.
    init(
        bucket: String,
        prefix: String,
        region: String,
        endpoint: String?,
        addressing: Addressing?
    ) throws(StorageError) {
        self.bucket = bucket
        self.prefix = prefix.isEmpty ? "" : prefix + "/"
        self.region = region
        let endpoint = endpoint ?? "https://s3.\(region).amazonaws.com"
        guard let parts = URLParts(endpoint), ["http", "https"].contains(parts.scheme),
            ["", "/"].contains(parts.path), parts.query == nil, parts.fragment == nil,
            !parts.host.isEmpty, parts.authority.utf8.allSatisfy(Self.hostBytes.contains)
        else { throw Self.wrong(endpoint) }
        let isAWS = parts.authority.hasSuffix(".amazonaws.com")
        bucketURL =
            switch addressing ?? (isAWS ? .virtualHost : .path) {
            case .path: "\(parts.origin)/\(bucket)"
            case .virtualHost: "\(parts.scheme)://\(bucket).\(parts.authority)"
            }
    }

    func url(of key: BlobKey) -> String {
        "\(bucketURL)/\(prefix)\(key.text)"
    }

    /// The URL of one page of a listing.
    ///
    /// The parameters are in byte order, as the signature requires.
    func listingURL(prefix: String, continuation: String?) -> String {
        var query = "list-type=2&prefix=\(PercentEncoding.encoded(component: self.prefix + prefix))"
        if let continuation {
            query =
                "continuation-token=\(PercentEncoding.encoded(component: continuation))&\(query)"
        }
        return "\(bucketURL)/?\(query)"
    }

    /// Whether the server may redirect requests for the bucket to `url`: only with an equally
    /// strong scheme, and only to the same host or another one in the same two-label domain, as AWS
    /// does between regions.
    func mayBeRedirected(to url: String) -> Bool {
        guard let target = URLParts(url), let own = URLParts(bucketURL),
            target.hasScheme("https") || target.hasScheme("http") && own.hasScheme("http"),
            !target.authority.contains("@")
        else { return false }
        let host = target.host.lowercased()
        let ownHost = own.host.lowercased()
        if host == ownHost { return true }
        // Another port of the same address is the same host; another address is not.
        guard !ownHost.hasPrefix("["), ownHost.contains(where: \.isLetter) else { return false }
        let domain = ownHost.split(separator: ".").suffix(2).joined(separator: ".")
        return host == domain || host.hasSuffix(".\(domain)")
    }

    /// Rejects a user name, path or query: these would appear in error texts, or be signed wrongly.
    private static func wrong(_ endpoint: String) -> StorageError {
        .misconfigured(
            "S3_ENDPOINT: expected http://host:port or https://host:port, found "
                + "\"\(PrivateURL(endpoint))\""
        )
    }

    private static let hostBytes = ByteSet.unreserved.union(ByteSet(":[]"))
}
