import Bytes
import ObjectStorage
import URLs

/// Where a bucket is, and the URLs in it.
struct S3Location: Sendable {
    let bucket: String
    /// Empty, or what all keys begin with, a slash at its end.
    let prefix: String
    let region: String
    /// The URL of the bucket, without a slash at its end.
    let bucketURL: String

    /// How the bucket is named in a URL.
    enum Addressing: String {
        /// `https://host/bucket/key`: what S3 servers of one's own understand.
        case path
        /// `https://bucket.host/key`: what AWS wants.
        case virtualHost = "virtual"
    }

    /// `endpoint` is nil for AWS.
    ///
    /// Throws ``StorageError/misconfigured(_:)`` for an endpoint that is not
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
    /// The parameters are in the order of their bytes, as the signature wants them.
    func listingURL(prefix: String, continuation: String?) -> String {
        var query = "list-type=2&prefix=\(PercentEncoding.encoded(component: self.prefix + prefix))"
        if let continuation {
            query =
                "continuation-token=\(PercentEncoding.encoded(component: continuation))&\(query)"
        }
        return "\(bucketURL)/?\(query)"
    }

    /// Whether the server may send requests for the bucket on to `url`: by a scheme no weaker, to
    /// the same host, or to another of the same two-label domain, as AWS does between regions.
    func mayBeRedirected(to url: String) -> Bool {
        guard let target = URLParts(url), let own = URLParts(bucketURL),
            target.hasScheme("https") || target.hasScheme("http") && own.hasScheme("http"),
            !target.authority.contains("@")
        else { return false }
        let host = target.host.lowercased()
        let ownHost = own.host.lowercased()
        if host == ownHost { return true }
        // Another port of an address is the same host; another address is not.
        guard !ownHost.hasPrefix("["), ownHost.contains(where: \.isLetter) else { return false }
        let domain = ownHost.split(separator: ".").suffix(2).joined(separator: ".")
        return host == domain || host.hasSuffix(".\(domain)")
    }

    /// No user name, path or query: they would end up in error texts, or be signed wrongly.
    private static func wrong(_ endpoint: String) -> StorageError {
        .misconfigured(
            "S3_ENDPOINT: expected http://host:port or https://host:port, found "
                + "\"\(PrivateURL(endpoint))\""
        )
    }

    private static let hostBytes = ByteSet.unreserved.union(ByteSet(":[]"))
}
